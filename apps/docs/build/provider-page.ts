import type { Provider } from '@countersign/core'

/** Where the playground is on the site. */
export const playground = '/playground/index.html'

const cell = (text: string) => text.replaceAll('|', '\\|').replaceAll('\n', ' ')

/** A provider's README, with its rules and a link to the playground from its descriptor. */
export function toProviderPage(
  readme: string,
  { id, title, rules, docs, example, keyAdvice }: Provider,
): string {
  const licence = /\n+MIT licensed\.\n*$/
  const rows = rules.map(
    ({ id: rule, requirement, source, severity }) =>
      `| \`${rule}\` | ${cell(requirement)}${severity === 'advised' ? ' Advised: the request is answered.' : ''} | [page](${source}) |`,
  )
  const path = /^[\w./-]+$/.test(example.path) ? example.path : `'${example.path}'`
  const key =
    keyAdvice === undefined
      ? ''
      : `
## Your key

${keyAdvice.sendTo} [Source](${keyAdvice.source})

To create one of ${keyAdvice.bits} bits:

\`\`\`sh
npx @countersign/cli keys generate --provider ${id}
\`\`\`
`
  const call = example.method === 'GET' ? path : `${example.method} ${path}`
  return `${readme.replace(/^# .*$/m, `# ${title}`).replace(licence, '')}

## Try it

[Open the playground](${playground}#p=${id}) to watch header, claims and signature change as you type, or let the command play both sides:

\`\`\`sh
npx @countersign/cli request ${id} ${call} \\
  --environment emulator
\`\`\`
${key}
## Rules

What the provider requires, from its [documentation](${docs}). The emulator refuses a request that breaks one and names it, and \`countersign explain ${id}\` checks each.

| Rule | Requirement | Source |
|---|---|---|
${rows.join('\n')}
`
}

interface Listed {
  provider: Provider
}

/** All providers, each with a link to its page and how it authenticates. */
export function toProviderLinks(providers: readonly Listed[]): string {
  return providers
    .map(({ provider: { id, title, summary } }) => `- [${title}](/providers/${id}) ${summary}`)
    .join('\n')
}

/** The page that lists all providers. */
export function toProviderList(providers: readonly Listed[]): string {
  return `---
pageClass: cards
---

# Providers

Each provider has a package, an emulator that is as strict as its documentation, and a place in the command and the playground.

${toProviderLinks(providers)}

For an API that is not listed, use [OAuth](/providers/oauth) if it accepts a signed assertion (RFC 7523), or [add a provider](/adding-a-provider).
`
}
