import { redact } from '@countersign/core/provider'
import type { Output } from '../output.ts'
import type { Finding, Judgement } from './finding.ts'

const signs = { ok: ['green', '✓'], warn: ['yellow', '!'], fail: ['red', '✗'] } as const

/** All findings: as one value, or by provider, each with what mends it. */
export function printFindings(judged: readonly Judgement[], output: Output): void {
  const findings = judged.map(toFinding)
  if (output.json) output.value({ findings })
  else output.result(toText(findings, output))
}

function toText(findings: readonly Finding[], output: Output): string {
  const providers = [...new Set(findings.map(({ provider }) => provider))]
  const blocks = providers.map((provider) => {
    const lines = findings.filter((finding) => finding.provider === provider).flatMap(toLines)
    return [output.paint('bold', provider ?? 'this computer'), ...lines].join('\n')
  })
  return blocks.join('\n\n')

  function toLines({ level, sentence, fix }: Finding): string[] {
    const [colour, sign] = signs[level]
    return [`${output.paint(colour, sign)} ${sentence}`, ...(fix === null ? [] : [`    ${fix}`])]
  }
}

function toFinding({ id, provider, level, sentence, fix }: Judgement): Finding {
  return { id, provider, level, sentence: redact(sentence), fix: fix === null ? null : redact(fix) }
}
