/** The widest line that is shown whole. */
const columns = 120

/** What differs from run to run or from computer to computer, each replaced by what shows that it was. */
export function mask(output: string, { folder, ports }: { folder: string; ports: Ports }): string[] {
  const text = Object.entries(ports)
    .reduce((sum, [shown, used]) => sum.replaceAll(`127.0.0.1:${used}`, `127.0.0.1:${shown}`), output)
    .replaceAll(/(?<=listen at http:\/\/127\.0\.0\.1:)\d+/g, '…')
    .replaceAll(folder, '')
    .replaceAll(/"durationMs":[\d.]+/g, '"durationMs":…')
    .replaceAll(/(X-Countersign-Secret: )[\w-]{43}/g, '$1…')
    .replace(/\n$/, '')
  return text === '' ? [] : text.split('\n').map(shorten)
}

/** Ports as the README shows them, and those that were free. */
export type Ports = Readonly<Record<string, number>>

function shorten(line: string): string {
  return line.length <= columns ? line : `${line.slice(0, columns - 1)}…`
}
