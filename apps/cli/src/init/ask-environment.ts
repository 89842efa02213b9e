import { answerOfFlag, checkAnswer, titleOf, toAnswer } from './answer.ts'
import type { Interview } from './prompter.ts'

const own = 'an address of your own'
const emulator = 'emulator'

/** `environment` and `baseUrl`, as far as a profile has to name them. */
export async function askEnvironment(interview: Interview): Promise<Record<string, unknown>> {
  const { provider, prompter, suggested } = interview
  const { baseUrls, fields } = provider
  const named = answerOfFlag(interview, 'environment')
  const address = answerOfFlag(interview, 'baseUrl')
  const known = Object.keys(baseUrls).filter((name) => name !== emulator)
  const field = fields['environment']
  // Where a provider has one environment only, it does not have that option.
  const toMembers = (environment: unknown) =>
    environment === emulator || field !== undefined ? { environment } : {}
  if (named !== undefined)
    return address === undefined ? toMembers(named) : { ...toMembers(named), baseUrl: address }
  if (address === undefined && prompter === undefined) return withoutUndefined(suggested)

  const choices = [
    ...known.map((value) => ({ value, label: value, hint: baseUrls[value] })),
    { value: own, label: own, hint: `such as that of countersign emulator ${provider.id}` },
    { value: emulator, label: emulator, hint: 'in the command itself: nothing to set up, nothing is sent' },
  ]
  const before = suggested['baseUrl'] === undefined ? suggested['environment'] : own
  const chosen =
    address !== undefined || prompter === undefined
      ? own
      : await prompter.choose('Which environment?', choices, before as string | undefined)
  if (chosen !== own) return toMembers(chosen)

  const baseUrl =
    address ??
    (await prompter?.ask({
      title: titleOf(provider, 'baseUrl'),
      help: `${fields['baseUrl']?.help ?? ''} Credentials go there, and nowhere else.`,
      example: `http://127.0.0.1:4400/${provider.id}${provider.basePath}`,
      initial: toAnswer(suggested['baseUrl']),
      check: async (answer) => checkAnswer(interview, 'baseUrl', answer),
    }))
  if (field?.required !== true) return { baseUrl }
  const environment =
    prompter === undefined
      ? suggested['environment']
      : await prompter.choose(
          field.help,
          known.map((value) => ({ value, label: value })),
          suggested['environment'] as string | undefined,
        )
  return environment === undefined ? { baseUrl } : { environment, baseUrl }
}

function withoutUndefined({
  environment,
  baseUrl,
}: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return {
    ...(environment === undefined ? {} : { environment }),
    ...(baseUrl === undefined ? {} : { baseUrl }),
  }
}
