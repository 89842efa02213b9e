/** Base64 of bytes, however many: as arguments of one call, too many would overflow its stack. */
export function toBase64(bytes: Uint8Array): string {
  return btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(''))
}
