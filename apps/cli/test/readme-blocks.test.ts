import { expect, test } from 'vitest'
import { readBlocks, shortenAs, writeStep } from '../build/readme/blocks.ts'
import { mask } from '../build/readme/mask.ts'

const page = ['# Page', '', '```console', '$ one \\', '  --two', 'first', 'second', '$ three', '```', '']

test('commands and outputs of a console block are told apart, and written back as they stood', () => {
  const [block] = readBlocks(page)
  expect(block).toEqual({
    kind: 'console',
    start: 3,
    end: 8,
    steps: [
      { command: 'one \\\n  --two', output: ['first', 'second'] },
      { command: 'three', output: [] },
    ],
  })
  expect(block?.kind === 'console' && block.steps.flatMap(writeStep)).toEqual(page.slice(3, 8))
})

test('a block under a comment that names a file is that file', () => {
  const lines = ['<!-- file: ~/a.toml -->', '```toml', 'a = 1', '```', '```toml', 'b = 1', '```']
  expect(readBlocks(lines)).toEqual([{ kind: 'file', path: '~/a.toml', content: 'a = 1\n' }])
})

test.each([
  ['is whole where nothing was left out', ['a'], ['1', '2', '3'], ['1', '2', '3']],
  ['is cut where the old one was', ['a', '…', 'b'], ['1', '2', '3', '4'], ['1', '…', '4']],
  ['is cut at the end', ['a', 'b', '…'], ['1', '2', '3', '4'], ['1', '2', '…']],
  ['is whole where nothing is left to be cut', ['a', '…', 'b'], ['1', '2'], ['1', '2']],
])('new output %s', (_, old, output, expected) => {
  expect(shortenAs(old, output)).toEqual(expected)
})

test('what differs from run to run is masked, and what is too wide is cut', () => {
  const secret = 'k'.repeat(43)
  const output = `at http://127.0.0.1:51234/a /tmp/x/home/you\nX-Countersign-Secret: ${secret}\n${'w'.repeat(200)}\n`
  expect(mask(output, { folder: '/tmp/x', ports: { 4400: 51234 } })).toEqual([
    'at http://127.0.0.1:4400/a /home/you',
    'X-Countersign-Secret: …',
    `${'w'.repeat(119)}…`,
  ])
})
