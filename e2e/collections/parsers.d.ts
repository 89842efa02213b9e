declare module '@usebruno/lang' {
  const lang: {
    bruToEnvJsonV2(text: string): {
      variables: { name: string; value: string; secret: boolean; enabled: boolean }[]
    }
    bruToJsonV2(text: string): { meta: { name: string }; http: { method: string; url: string } }
    collectionBruToJson(text: string): { headers: { name: string; value: string; enabled: boolean }[] }
  }
  export default lang
}

declare module 'postman-collection' {
  interface Request {
    method: string
    url: { toString(): string; getPathWithQuery(): string }
  }
  const sdk: {
    Collection: new (
      json: unknown,
    ) => {
      items: { all(): { name: string; request: Request }[] }
      variables: { one(key: string): { value: string } | undefined }
      auth?: { parameters(): { get(key: string): unknown } }
    }
  }
  export default sdk
}
