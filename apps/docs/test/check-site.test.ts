import { createHash } from 'node:crypto'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { checkSite } from '../build/check-site.ts'

const script = 'document.title = "x"'
const hash = createHash('sha256').update(script).digest('base64')
const policy = `<meta http-equiv="Content-Security-Policy" content="script-src 'sha256-${hash}'">`
const good: Readonly<Record<string, string>> = {
  'index.html': `${policy}<script>${script}</script><a href="/errors#network">errors</a><a href="https://example.com/">out</a>`,
  'index.md': '# Home\n',
  'errors.html': `${policy}<h2 id="network">Network</h2><a href="/errors.md">Markdown</a><img src="/mark.svg">`,
  'errors.md': '# Errors\n',
  'llms.txt': '- [Errors](/errors.md)\n',
  'llms-full.txt': '<!-- /index.md -->\n<!-- /errors.md -->\n',
  'assets/style.css': '.a { background: url("data:image/svg+xml,") }',
}

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'site-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

function check(changes: Readonly<Record<string, string | undefined>>): string[] {
  for (const [path, text] of Object.entries({ ...good, ...changes })) {
    if (text === undefined) continue
    mkdirSync(dirname(join(folder, path)), { recursive: true })
    writeFileSync(join(folder, path), text)
  }
  return checkSite(folder)
}

test('a site with all its parts has no problems', () => {
  expect(check({})).toEqual([])
})

test.each<[what: string, changes: Record<string, string | undefined>, problem: RegExp]>([
  [
    'a link to a page that is missing',
    { 'index.html': `${policy}<a href="/gone">x</a>` },
    /index links to \/gone, which is missing/,
  ],
  [
    'a link to a heading that is missing',
    { 'index.html': `${policy}<a href="/errors#nowhere">x</a>` },
    /no such heading/,
  ],
  [
    'a script of another origin',
    { 'index.html': `${policy}<script src="https://cdn.example/x.js"></script>` },
    /index loads https:\/\/cdn.example\/x.js/,
  ],
  [
    'a font of another origin',
    { 'assets/style.css': '@font-face { src: url(https://fonts.example/a.woff2) }' },
    /assets\/style.css loads/,
  ],
  [
    'a page without a policy',
    { 'errors.html': '<h2 id="network">x</h2>' },
    /errors has no Content-Security-Policy/,
  ],
  [
    'a script that the policy refuses',
    { 'errors.html': `${policy}<h2 id="network">x</h2><script>other()</script>` },
    /errors has a script/,
  ],
  [
    'a style attribute',
    { 'errors.html': `${policy}<h2 id="network" style="color: red">x</h2>` },
    /errors has a style/,
  ],
  [
    'an event handler',
    { 'errors.html': `${policy}<h2 id="network" onclick="x()">x</h2>` },
    /errors has a handler/,
  ],
  ['a page without a Markdown version', { 'errors.md': undefined }, /errors has no Markdown version/],
  ['a page that llms.txt leaves out', { 'llms.txt': '' }, /llms.txt does not name errors/],
  [
    'a page of llms.txt that is missing',
    { 'llms.txt': '[a](/errors.md) [b](/gone.md)' },
    /llms.txt names gone/,
  ],
  [
    'a page that llms-full.txt leaves out',
    { 'llms-full.txt': '<!-- /index.md -->' },
    /llms-full.txt leaves out errors/,
  ],
])('%s is a problem', (_what, changes, problem) => {
  expect(check(changes).join('\n')).toMatch(problem)
})

describe('a site below a path', () => {
  const site = { base: '/sub/', url: 'https://docs.example.com/sub/' }
  const below = {
    'index.html': `${policy}<script src="/sub/a.js"></script><a href="/sub/errors#network">errors</a><a href="errors">errors</a>`,
    'index.md': '# Home\n',
    'errors.html': `${policy}<h2 id="network">Network</h2><a href="/sub/">Home</a><img src="/sub/mark.svg">`,
    'errors.md': '# Errors\n',
    'llms.txt': '- [Errors](https://docs.example.com/sub/errors.md)\n',
    'llms-full.txt': [`index`, `errors`].map((route) => `<!-- ${site.url}${route}.md -->\n`).join(''),
    'sitemap.xml': [``, `errors`].map((route) => `<loc>${site.url}${route}</loc>`).join(''),
  }
  const checkBelow = (changes: Readonly<Record<string, string>>) => {
    for (const [path, text] of Object.entries({ ...below, ...changes }))
      writeFileSync(join(folder, path), text)
    return checkSite(folder, site)
  }

  test('has no problems with all its parts', () => {
    expect(checkBelow({})).toEqual([])
  })

  test.each<[what: string, changes: Record<string, string>, problem: RegExp]>([
    [
      'a link that leaves it',
      { 'index.html': `${policy}<a href="/errors">x</a>` },
      /index links to \/errors, which is outside of \/sub\//,
    ],
    ['a script above it', { 'index.html': `${policy}<script src="/a.js"></script>` }, /index loads \/a.js/],
    [
      'an address in llms.txt that is not whole',
      { 'llms.txt': '- [Errors](/sub/errors.md)\n' },
      /llms.txt does not name errors/,
    ],
    [
      'a page that the sitemap leaves out',
      { 'sitemap.xml': `<loc>${site.url}</loc>` },
      /sitemap.xml does not name https:\/\/docs.example.com\/sub\/errors/,
    ],
    [
      'a page of the sitemap that is missing',
      { 'sitemap.xml': `${below['sitemap.xml']}<loc>${site.url}gone</loc>` },
      /sitemap.xml names https:\/\/docs.example.com\/sub\/gone, which is missing/,
    ],
  ])('has a problem with %s', (_what, changes, problem) => {
    expect(checkBelow(changes).join('\n')).toMatch(problem)
  })
})

test('an empty folder is a problem', () => {
  expect(checkSite(folder)).toEqual(['There are no pages.'])
})
