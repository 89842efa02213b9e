import { redact } from '@countersign/core/provider'
import { escapeLine, type Output } from '../output.ts'
import type { Finding, Judgement } from './finding.ts'

const signs = { ok: ['green', '✓'], warn: ['yellow', '!'], fail: ['red', '✗'] } as const

/** All findings: as one value, or by provider, each with what mends it. */
export function printFindings(judged: readonly Judgement[], output: Output): void {
  const findings = judged.map(toFinding)
  if (output.json) output.value({ findings })
  else printText(findings, output)
}

function printText(findings: readonly Finding[], output: Output): void {
  const providers = [...new Set(findings.map(({ provider }) => provider))]
  for (const [index, provider] of providers.entries()) {
    if (index > 0) output.result('')
    output.result(output.paint('bold', provider ?? 'this computer'))
    for (const { level, sentence, fix } of findings.filter((finding) => finding.provider === provider)) {
      const [colour, sign] = signs[level]
      output.prose(`${output.paint(colour, sign)} ${escapeLine(sentence)}`)
      if (fix === null) continue
      const line = `    ${escapeLine(fix)}`
      // A command can be copied only from a line that is whole.
      if (/^[a-z]/.test(fix)) output.result(line)
      else output.prose(line)
    }
  }
}

function toFinding({ id, provider, level, sentence, fix }: Judgement): Finding {
  return { id, provider, level, sentence: redact(sentence), fix: fix === null ? null : redact(fix) }
}
