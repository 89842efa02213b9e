/** What an example says that it prints: each line behind `// →`, beside the call that prints it or below. */
export function promisedOutput(code: string): string {
  return [...code.matchAll(/\/\/ → (.*)$/gm)].map(([, line]) => `${line}\n`).join('')
}
