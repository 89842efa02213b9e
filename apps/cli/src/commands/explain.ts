import type { Provider } from '@countersign/core'
import { diagnose, showValue, withNamedRule } from '@countersign/core/explain'
import { explain, isViolation, type Verdict } from '@countersign/core/provider'
import type { ConfigureCommand } from '../command.ts'
import { exitCodes } from '../exit-code.ts'
import { findSubject } from '../explain/find-subject.ts'
import {
  type Answer,
  findAnswer,
  type Gathered,
  type GatherOptions,
  gather,
  readGiven,
} from '../explain/gather.ts'
import { toAnswerLines, toMistakeLines, toRuleLines, toTokenLines } from '../explain/report.ts'
import { toFlag } from '../field-names.ts'
import { exampleIds } from '../help-examples.ts'
import { createOutput, type GlobalOptions, type Output } from '../output.ts'
import { loadProvider, type ProviderId } from '../providers.ts'
import { toVerdictLines } from '../rules.ts'
import { UsageError } from '../usage-error.ts'

const examples = ([, two, three, four] = exampleIds()) => `
It explains a token, an Authorization line, a whole HTTP request (request line, headers, empty line, body), a
curl command, what curl -v and curl -i print, and the JSON of an error: first what is wrong and how to fix it,
then the rules. Times are judged by the provider's clock where the response has a Date header.

Examples:
  countersign explain ${three}
  countersign explain ${four} "$TOKEN" --public-key public_key.pem
  countersign token ${two} | countersign explain -
  countersign explain @request.http --key public_key.pem
  pbpaste | countersign explain -`

/** `countersign explain [provider] [token]` */
export const configureExplain: ConfigureCommand = (command, { io, end }) => {
  command
    .argument('[provider]', 'the provider; recognised from the input when left out')
    .argument(
      '[token]',
      'a token, an Authorization line, an HTTP request or a curl command; - reads stdin, @file a file. Without it, list the rules',
    )
    .option('--public-key <file>', 'the registered public key, to check the signature')
    .option('--key <file>', 'the same')
    .option('--environment <name>', 'environment of the token, where rules depend on it')
  command.addHelpText('after', examples())
  command.action(async (first: string | undefined, second: string | undefined) => {
    const options = command.optsWithGlobals<GatherOptions & GlobalOptions>()
    const output = createOutput(io, options)
    const subject = findSubject(first, second)
    if (subject.ruleInput === undefined) {
      const unused = (['publicKey', 'key', 'environment'] as const).find(
        (name) => options[name] !== undefined,
      )
      if (unused !== undefined)
        throw new UsageError(`${toFlag(unused)} judges a token or a request, and none was given.`)
      printRules(await loadProvider(subject.provider as ProviderId), output)
      return
    }
    const input = await readGiven(subject.ruleInput, options, io)
    const answer = await findAnswer(input, subject.provider)
    if (answer?.response.isAlone === true) {
      if (reportAnswer(answer, output)) end(exitCodes.verification)
      return
    }
    const gathered = await gather(subject.provider, { input, answer }, options, io)
    const broken = report(gathered, output)
    if (broken.length === 0) return
    const { id } = gathered.provider
    const breaks = `${id}: ${gathered.ruleInput.request === undefined ? 'the token' : 'the request'} breaks`
    output.error('RULE_VIOLATED', `${breaks} ${broken.join(', ')}.`)
    end(exitCodes.verification)
  })
}

/** Prints what the provider answered, where there is no request to judge; whether it names a rule. */
function reportAnswer({ response, named }: Answer, output: Output): boolean {
  if (output.json)
    output.value({
      ...toAnswerJson({ response, named }),
      provider: named?.provider.id ?? null,
      rules: [],
      mistakes: [],
    })
  else {
    const rules = named === undefined ? [] : withNamedRule(explain([named.rule], { now: 0 }), named.rule.id)
    output.prose([...toAnswerLines({ response, named }), ...toVerdictLines(rules, output)].join('\n'))
    output.talk('Pass the request too, to judge it by every rule.')
  }
  if (named === undefined) return false
  output.error('RULE_VIOLATED', `${named.provider.id}: the response names ${named.rule.id}.`)
  return true
}

/** The response as scripts read it. */
function toAnswerJson({ response: { status, error, time }, named }: Answer): object {
  return {
    response: {
      status: status ?? null,
      code: error?.code ?? null,
      description: error?.description ?? null,
      date: time === undefined ? null : new Date(time).toISOString(),
      rule: named?.rule.id ?? null,
    },
  }
}

/** Prints the decoded token, the mistakes and the rules, and returns the ids of the required rules that are broken. */
function report({ provider, ruleInput, answer, guessedBy, mark }: Gathered, output: Output): string[] {
  const rules = withNamedRule(explain(provider.rules, ruleInput), answer?.named?.rule.id)
  const mistakes = diagnose(provider, ruleInput)
  if (output.json)
    output.value({
      provider: provider.id,
      guessedBy: guessedBy ?? null,
      ...(answer === undefined ? {} : toAnswerJson(answer)),
      rules: rules.map(toJson),
      mistakes,
    })
  else {
    printSubject({ provider, ruleInput, guessedBy, mark }, output)
    const answerLines = answer === undefined ? [] : toAnswerLines(answer)
    const mistakeLines = toMistakeLines(mistakes, output)
    output.prose(
      [
        ...answerLines,
        ...(answerLines.length === 0 ? [] : ['']),
        ...toTokenLines(ruleInput, output),
        ...mistakeLines,
        ...(mistakeLines.length === 0 ? [] : ['']),
        ...toRuleLines(rules, ruleInput, output),
      ].join('\n'),
    )
  }
  return rules.filter(isViolation).map(({ id }) => id)
}

const reasons = {
  address: 'recognised by the address',
  own: 'recognised by what only this provider has',
  rules: 'recognised by the rules that passed',
} as const

/** Says which provider was recognised, and what the input is. */
function printSubject(
  { provider, ruleInput, guessedBy, mark }: Omit<Gathered, 'answer'>,
  output: Output,
): void {
  const { jwt, scheme, request } = ruleInput
  if (guessedBy !== undefined) {
    const reason = mark === undefined ? reasons[guessedBy] : `recognised by ${mark}`
    output.talk(`${provider.title} (${provider.id}), ${reason}.`)
  }
  if (request !== undefined)
    output.talk(`${request.method} request with a body of ${request.body.length} bytes.`)
  if (jwt !== undefined)
    output.talk(`alg ${showValue(jwt.header.alg)}${scheme ? `, scheme ${showValue(scheme)}` : ''}`)
  else if (provider.algorithm !== undefined && ruleInput.endpoint !== 'token')
    output.talk('There is no JWT, so the rules about what is signed are not checked.')
}

function printRules(provider: Provider, output: Output): void {
  const { id, title, summary, docs, rules } = provider
  if (output.json) {
    output.value({
      provider: id,
      rules: rules.map((rule) => toJson({ ...rule, failure: undefined, kept: null })),
    })
    return
  }
  const lines = rules.map(
    (rule) => `${output.paint('dim', rule.id)}\n  ${rule.requirement}\n  ${rule.source}`,
  )
  output.prose([`${output.paint('bold', title)}: ${summary}`, docs, '', ...lines].join('\n'))
}

/** A verdict as scripts read it. */
function toJson({
  id,
  endpoint,
  requirement,
  failure,
  source,
  severity,
  kept,
}: Omit<Verdict, 'claims'>): object {
  const found = typeof failure === 'string' ? { failure } : {}
  return { id, endpoint, sentence: requirement, ...found, source, severity, kept }
}
