/**
 * The class of a platform object, such as `Blob`, whichever realm or implementation it is from: test environments and
 * frames have classes of their own, which `instanceof` does not recognise.
 */
export function tagOf(value: unknown): string {
  return Object.prototype.toString.call(value).slice(8, -1)
}
