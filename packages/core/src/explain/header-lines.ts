import { unreadableRequest } from './unreadable.ts'

const most = 1000

/** Header lines, without line ends; a line that begins with white space goes on with the one before. */
export function readHeaderLines(lines: readonly string[]): Headers {
  const headers = new Headers()
  if (lines.length > most) throw unreadableRequest(`it has more than ${most} header lines.`)
  const unfolded: string[] = []
  for (const line of lines) {
    if (/^[ \t]/.test(line) && unfolded.length > 0) unfolded.push(`${unfolded.pop()} ${line.trim()}`)
    else unfolded.push(line)
  }
  for (const [index, line] of unfolded.entries()) {
    if (line.trim() === '') continue
    const colon = line.indexOf(':')
    try {
      headers.append(line.slice(0, Math.max(colon, 0)), line.slice(colon + 1).trim())
    } catch {
      throw unreadableRequest(`its header line ${index + 1} is not of the form name: value.`)
    }
  }
  return headers
}
