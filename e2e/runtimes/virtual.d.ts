declare module 'virtual:keys' {
  const keys: { own: { privateKey: string; publicKey: string } }
  export default keys
}
