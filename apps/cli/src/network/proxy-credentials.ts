/** What a proxy is told of its user. */
export interface ProxyCredentials {
  /** The value of `Proxy-Authorization`. */
  header: string
  /** What must not be seen of it. */
  secrets: readonly string[]
}

/** User name and password in the URL of a proxy. */
export function toProxyCredentials({ username, password }: URL): ProxyCredentials | undefined {
  if (username === '' && password === '') return undefined
  const plain = `${decode(username)}:${decode(password)}`
  const encoded = Buffer.from(plain).toString('base64')
  return { header: `Basic ${encoded}`, secrets: [password, decode(password), encoded] }
}

/** A percent sign that encodes nothing stands for itself. */
function decode(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}
