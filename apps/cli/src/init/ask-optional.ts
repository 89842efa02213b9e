import type { Provider } from '@countersign/core'
import { titleOf } from './answer.ts'
import { askMember } from './ask-credentials.ts'
import type { Interview } from './interview.ts'

/** What may be set and need not, with the credentials that are given, if any: chosen first, then asked. */
export async function askOptional(
  interview: Interview,
  given: readonly string[],
): Promise<Record<string, unknown>> {
  const { provider, flags, prompter, suggested } = interview
  const names = optionalNames(provider).filter((name) => {
    const { goesWith } = provider.fields[name] ?? {}
    return (
      goesWith === undefined || given.length === 0 || given.includes(goesWith) || flags[name] !== undefined
    )
  })
  const open = names.filter((name) => flags[name] === undefined)
  const before = open.filter((name) => suggested[name] !== undefined)
  const choices = open.map((value) => ({
    value,
    label: titleOf(provider, value),
    hint: hintOf(provider, value),
  }))
  const chosen =
    prompter === undefined || open.length === 0
      ? before
      : await prompter.chooseAny('Anything else? Space chooses, Enter goes on.', choices, before)
  const members: Record<string, unknown> = {}
  for (const name of names) {
    if (flags[name] === undefined && !chosen.includes(name)) continue
    const member = await askMember(interview, name, { mayWait: false })
    if (member !== undefined) members[name] = member
  }
  return members
}

function optionalNames({ fields, credentialSets }: Provider): string[] {
  const asked = new Set(['environment', 'baseUrl', ...credentialSets.flat()])
  return Object.keys(fields).filter(
    (name) => !asked.has(name) && !['code', 'secret'].includes(fields[name]?.kind ?? 'code'),
  )
}

function hintOf({ fields }: Provider, name: string): string | undefined {
  const { help, defaultValue } = fields[name] ?? {}
  return defaultValue === undefined ? help : `${help} Default: ${defaultValue}.`
}
