import type { Provider } from '@countersign/core'

/** Where the playground is on the site. */
export const playground = '/playground/index.html'

const cell = (text: string) => text.replaceAll('|', '\\|').replaceAll('\n', ' ')

/** A provider's README, with its rules and a link to the playground from its descriptor. */
export function toProviderPage(readme: string, { id, title, rules, docs, example }: Provider): string {
  const licence = /\n+MIT licensed\.\n*$/
  const rows = rules.map(
    ({ id: rule, requirement, source, severity }) =>
      `| \`${rule}\` | ${cell(requirement)}${severity === 'advised' ? ' Advised: the request is answered.' : ''} | [page](${source}) |`,
  )
  const path = /^[\w./-]+$/.test(example.path) ? example.path : `'${example.path}'`
  const call = example.method === 'GET' ? path : `${example.method} ${path}`
  return `${readme.replace(/^# .*$/m, `# ${title}`).replace(licence, '')}

## Try it

[Open the playground](${playground}#p=${id}) to watch header, claims and signature change as you type, or let the command play both sides:

\`\`\`sh
npx @countersign/cli request ${id} ${call} --environment emulator
\`\`\`

## Rules

What the provider requires, from its [documentation](${docs}). The emulator refuses a request that breaks one and names it, and \`countersign explain ${id}\` checks each.

| Rule | Requirement | Source |
|---|---|---|
${rows.join('\n')}
`
}

interface Listed {
  provider: Provider
  packageName: string
}

/** All providers, each with a link to its page and how it authenticates. */
export function toProviderLinks(providers: readonly Listed[]): string {
  return providers
    .map(({ provider: { id, title, summary } }) => `- [${title}](/providers/${id}) ${summary}`)
    .join('\n')
}

function toProviderTable(providers: readonly Listed[]): string {
  const rows = providers.map(
    ({ provider: { id, title, summary }, packageName }) =>
      `| [${title}](/providers/${id}) | \`${packageName}\` | ${cell(summary)} |`,
  )
  return `| Provider | Package | How it authenticates |\n|---|---|---|\n${rows.join('\n')}`
}

/** The page that lists all providers. */
export function toProviderList(providers: readonly Listed[]): string {
  return `# Providers

Each provider has a package, an emulator that is as strict as its documentation, and a place in the command and the playground.

${toProviderTable(providers)}

For an API that is not listed, use [OAuth](/providers/oauth) if it accepts a signed assertion (RFC 7523), or [add a provider](/adding-a-provider).
`
}
