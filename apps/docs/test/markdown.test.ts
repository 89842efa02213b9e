import { expect, test } from 'vitest'
import { mapLinks, slugify, summaryOf, titleOf } from '../build/markdown.ts'

const page = `# The \`page\`

It has [a link](other.md#part). And a second sentence.

\`\`\`md
[not a link](code.md)
\`\`\`

[Last](last.md)
`

test('links in the text are changed, and those in code are not', () => {
  const changed = mapLinks(page, (target) => `/${target}`)
  expect(changed).toContain('[a link](/other.md#part)')
  expect(changed).toContain('[not a link](code.md)')
  expect(changed).toContain('[Last](/last.md)')
})

test('a block with a longer fence may contain fences', () => {
  const nested = '````md\n```ts\n[code](a.md)\n```\n[code](b.md)\n````\n[text](c.md)\n'
  expect(mapLinks(nested, () => 'x')).toBe(nested.replace('c.md', 'x'))
})

test('title and summary are plain text', () => {
  expect(titleOf(page)).toBe('The page')
  expect(summaryOf(page)).toBe('It has a link.')
})

test.each([
  ['It signs (RS512, `Authorization: Token`). More.', 'It signs (RS512, Authorization: Token).'],
  ['It signs: the method and the body. More.', 'It signs: the method and the body.'],
  ['What it signs:', 'What it signs.'],
])('the summary of %j is a whole sentence', (text, summary) => {
  expect(summaryOf(`# Page\n\n${text}\n`)).toBe(summary)
})

test.each([
  ['Using it in the command', 'using-it-in-the-command'],
  ['`CONFIG_INVALID`', 'config_invalid'],
  ['Node 24 and later, or 22.21 and later', 'node-24-and-later-or-2221-and-later'],
  ['Every Node: a `fetch` of your own', 'every-node-a-fetch-of-your-own'],
])('the anchor of %j is the one that GitHub makes', (heading, anchor) => {
  expect(slugify(heading)).toBe(anchor)
})
