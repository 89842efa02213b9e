import { createInterface } from 'node:readline/promises'
import { Writable } from 'node:stream'
import { CancelledError } from './init/prompter.ts'
import type { Sink } from './io.ts'
import { UsageError } from './usage-error.ts'

/** Asks a person for what the screen must not show. */
export async function askSecret(
  prompt: string,
  { input, output }: { input: NodeJS.ReadableStream; output: Sink },
): Promise<string> {
  output.write(prompt)
  const unseen = new Writable({ write: (_chunk, _encoding, done) => done() })
  const reader = createInterface({ input, output: unseen, terminal: true })
  try {
    return await Promise.race([
      reader.question(''),
      new Promise<never>((_resolve, reject) => {
        // Without a listener Ctrl-C closes the reader, as the end of the input does.
        reader.once('SIGINT', () => reject(new CancelledError()))
        reader.once('close', () => reject(new UsageError('No passphrase was given.')))
      }),
    ])
  } finally {
    reader.close()
    output.write('\n')
  }
}
