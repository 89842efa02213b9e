import {
  decodeJwt,
  type Evidence,
  explain,
  importPublicKey,
  type Provider,
  toEvidence,
} from '@countersign/core'
import type { ConfigureCommand } from '../command.ts'
import { exitCodes } from '../exit-code.ts'
import { toHumanTime } from '../human-time.ts'
import { type Io, nowOf, readStdin } from '../io.ts'
import { createOutput, type GlobalOptions, type Output } from '../output.ts'
import { readFlagFile } from '../provider-options.ts'
import { loadProvider, toProviderId } from '../providers.ts'
import { UsageError } from '../usage-error.ts'
import { toVerdictLines } from '../verdict-lines.ts'

interface ExplainOptions extends GlobalOptions {
  publicKey?: string
  key?: string
  environment?: string
}

const examples = `
Examples:
  countersign explain utgl
  countersign explain victor "$TOKEN" --public-key public_key.pem
  countersign token cdata | countersign explain cdata -`

/** `countersign explain <provider> [token]` */
export const configureExplain: ConfigureCommand = (command, { io, end }) => {
  command
    .argument('<provider>', 'the provider')
    .argument(
      '[token]',
      'a token, alone or as an Authorization header; - reads stdin. Without it the rules are listed',
    )
    .option('--public-key <file>', 'the registered public key: the signature is judged too')
    .option('--key <file>', 'the same')
    .option('--environment <name>', 'the environment that the token is for, where rules differ by it')
  command.addHelpText('after', examples)
  command.action(async (name: string, given: string | undefined) => {
    const options = command.optsWithGlobals<ExplainOptions>()
    const output = createOutput(io, options)
    const provider = await loadProvider(toProviderId(name))
    const evidence = given === undefined ? undefined : await gather(provider, given, options, io)
    const rules = explain(provider.rules, evidence ?? { now: nowOf(io) })
    const broken = rules.filter(({ kept }) => kept === false)
    if (output.json)
      output.value({ rules: rules.map((rule) => (evidence === undefined ? { ...rule, kept: null } : rule)) })
    else if (evidence === undefined) output.result(toList(provider, output))
    else {
      tellTimes(evidence, output)
      output.result(toVerdictLines(rules, output).join('\n'))
    }
    if (broken.length === 0 || evidence === undefined) return
    const names = broken.map(({ id }) => id).join(', ')
    io.stderr.write(
      `${output.paintTalk('red', 'RULE_VIOLATED:')} ${provider.id}: the token breaks ${names}.\n`,
    )
    end(exitCodes.verification)
  })
}

async function gather(provider: Provider, given: string, options: ExplainOptions, io: Io): Promise<Evidence> {
  const keyPath = options.publicKey ?? options.key
  if (given === '-' && keyPath === '-') throw new UsageError('token and key cannot both come from stdin.')
  const text = given === '-' ? new TextDecoder().decode(await readStdin(io)) : given
  const { algorithm, id } = provider
  if (keyPath !== undefined && algorithm === undefined)
    throw new UsageError(`nothing is signed for ${id}: there is no signature to judge.`)
  const publicKey =
    keyPath === undefined || algorithm === undefined
      ? undefined
      : await importPublicKey(
          await readFlagFile(id, options.publicKey === undefined ? 'key' : 'publicKey', keyPath, io),
          { algorithm, provider: id },
        )
  const evidence = await toEvidence(text, { now: nowOf(io), publicKey, algorithm })
  // Where every request carries a JWT of the caller's own, a token that is none cannot be judged.
  if (evidence.jwt === undefined && provider.rules.every(({ phase }) => phase === 'api'))
    decodeJwt(text.trim())
  return { ...evidence, environment: options.environment }
}

function toList({ title, summary, docs, rules }: Provider, { paint }: Output): string {
  const lines = rules.map(({ id, sentence, source }) => `${paint('dim', id)}\n  ${sentence}\n  ${source}`)
  return [`${paint('bold', title)}: ${summary}`, docs, '', ...lines].join('\n')
}

/** What the times mean, for people. */
function tellTimes({ now, jwt, scheme }: Evidence, output: Output): void {
  if (jwt === undefined) {
    output.talk('No JWT was given: rules about what is signed stay open.')
    return
  }
  output.talk(`${jwt.header.alg}${scheme === undefined ? '' : ` under ${scheme}`}`)
  for (const name of ['iat', 'exp', 'nbf'] as const) {
    const value = jwt.claims[name]
    if (typeof value === 'number') output.talk(`${name} ${toHumanTime(value * 1000, now)}`)
  }
}
