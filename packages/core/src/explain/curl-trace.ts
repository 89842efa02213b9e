const version = /[ \t]HTTP\/\d(?:\.\d)?[ \t]*$/

/** Whether the first line of a text that is not empty is a request line; the version may be left out. */
export function hasRequestLine(text: string): boolean {
  const [line = ''] = text.replace(/^(?:#.*|[\r\n])+/, '').split(/\r?\n/, 1)
  if (/^\S+[ \t]+\S/.test(line) && version.test(line)) return true
  return /^[A-Z]{3,10}[ \t]+(?:\/|https?:\/\/)\S*[ \t]*$/.test(line)
}

/** Whether a text is what `curl -v` prints: the request's head behind `> `. */
export function isCurlTrace(text: string): boolean {
  return text.split(/\r?\n/).some(isTracedRequestLine)
}

function isTracedRequestLine(line: string): boolean {
  return line.startsWith('> ') && /^> \S+[ \t]+\S/.test(line) && version.test(line)
}

/** The first request in what `curl -v` prints. It shows heads only. */
export function curlTraceToRequest(text: string): string {
  const lines = text.split(/\r?\n/)
  const first = lines.findIndex(isTracedRequestLine)
  const behind = lines.slice(first).filter((line) => /^>(?: |$)/.test(line))
  const end = behind.findIndex((line) => line.trim() === '>')
  const head = end < 0 ? behind : behind.slice(0, end)
  return `${head.map((line) => line.slice(2)).join('\r\n')}\r\n\r\n`
}
