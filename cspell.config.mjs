import { existsSync, readFileSync } from 'node:fs'
import { providers } from './packages/providers/src/index.ts'

/** The names and terms of one provider, one a line, in its own package. */
function ownWords({ id }) {
  const file = new URL(`packages/${id}/words.txt`, import.meta.url)
  return existsSync(file) ? readFileSync(file, 'utf8').split('\n').filter(Boolean) : []
}

/** @type {import('cspell').CSpellSettings} */
export default {
  version: '0.2',
  language: 'en,en-GB',
  useGitignore: true,
  files: ['**/*.{ts,tsx,md,css,html,yaml,sh}', '.ci/run'],
  enableGlobDot: true,
  ignorePaths: [
    'pnpm-lock.yaml',
    '**/pnpm-lock.yaml',
    '**/vectors/**',
    'deploy/schema/**',
    '**/CHANGELOG.md',
    '.git',
  ],
  dictionaries: [
    'typescript',
    'node',
    'npm',
    'bash',
    'companies',
    'softwareTerms',
    'networking-terms',
    'redis',
    'fullstack',
    'filetypes',
    'project',
  ],
  dictionaryDefinitions: [
    {
      name: 'project',
      path: './tools/vocabulary/words.txt',
      addWords: true,
    },
  ],
  ignoreRegExpList: [
    '/\\b[A-Za-z0-9+/_-]{24,}={0,2}/g',
    '/-----BEGIN[\\s\\S]*?-----END[^\\n]*/g',
    '/\\beyJ[\\w.-]*/g',
    '/%[0-9A-Fa-f]{2}/g',
    '/\\\\u[0-9A-Fa-f]{4}/g',
    '/\\\\x[0-9A-Fa-f]{2}/g',
    "/'[0-9a-fA-F]{8,}'/g",
  ],
  minWordLength: 4,
  words: [...providers.map(({ id }) => id), ...providers.flatMap(ownWords)],
}
