import { PassThrough } from 'node:stream'
import { stripVTControlCharacters } from 'node:util'
import { expect, test } from 'vitest'
import { createPrompter } from '../src/init/prompter.ts'

const sentence =
  'Send the public key, and the IP addresses to allow, to your implementation manager at UTGL by e-mail, please.'

/** A terminal of 40 columns that nobody types at. */
function createTerminal() {
  const output = Object.assign(new PassThrough(), { columns: 40, rows: 24 })
  const chunks: string[] = []
  output.on('data', (chunk) => chunks.push(String(chunk)))
  return { input: new PassThrough(), output, text: () => stripVTControlCharacters(chunks.join('')) }
}

/** The words of a screen, and whether a line is too long or has lost its bar. */
function judge(text: string) {
  const lines = text.split('\n').filter((line) => line !== '')
  return {
    words: lines.map((line) => line.slice(1).trim()).join(' '),
    long: lines.filter((line) => line.length > 40),
    bare: lines.filter((line) => /^[\s\w]/.test(line)),
  }
}

test('a note is broken at words, each line after the bar', async () => {
  const terminal = createTerminal()
  const prompter = await createPrompter(terminal, { colour: false })
  prompter.say('info', sentence)
  const { words, long, bare } = judge(terminal.text())
  expect({ words: words.trim(), long, bare }).toEqual({ words: sentence, long: [], bare: [] })
})

test('so is the help of a question', async () => {
  const terminal = createTerminal()
  const prompter = await createPrompter(terminal, { colour: false })
  const asked = prompter.ask({ title: 'Access key', help: sentence, check: async () => undefined })
  const [shown = ''] = terminal.text().split('_')
  const { words, long, bare } = judge(shown)
  expect({ words: words.trim(), long, bare }).toMatchObject({ long: [], bare: [] })
  expect(words).toContain(`Access key ${sentence}`)
  terminal.input.end()
  await expect(asked).rejects.toMatchObject({ code: 'CANCELLED' })
})
