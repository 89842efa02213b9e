/** A phrase that is not used here, and what to write instead. */
export interface BannedPhrase {
  readonly pattern: RegExp
  readonly instead: string
  /** Only in files whose path matches. Default: everywhere. */
  readonly files?: RegExp
}

/** Straight quotes are for code; prose may use either. */
const code = /\.(ts|tsx|mjs|sh|json|yaml|html|css)$/

/** Patterns see identifiers as words: `findTraps` is "find Traps". */
export const bannedPhrases: readonly BannedPhrase[] = [
  {
    pattern: /(?<!\bthere )\b(is|are|was|were) (no|none)\b(?! longer| more|-)/,
    instead: 'is not, there are no',
  },
  { pattern: /\btells\b/, instead: 'reports, says, shows' },
  { pattern: /\bstands\b(?! (for|still))/, instead: 'is' },
  { pattern: /\bbehind the callers\b/, instead: 'in the background' },
  { pattern: /\bmend(s|ed|ing)?\b/, instead: 'fix' },
  { pattern: /\bdoors?\b/, instead: 'endpoint' },
  { pattern: /\blikewise\b/, instead: 'also' },
  { pattern: /\banother than\b/, instead: 'a different' },
  { pattern: /\bin the place of\b/, instead: 'instead of' },
  { pattern: /\bat its end\b/, instead: 'trailing' },
  { pattern: /\bby itself\b/, instead: 'automatically' },
  { pattern: /\bwhat makes\b/, instead: 'name the thing' },
  { pattern: /\bwhoever\b/, instead: 'name the person' },
  { pattern: /\btraps?\b(?! [a-z]*'|\s+['"])/, instead: 'mistake' },
  { pattern: /\brule phases?\b/, instead: 'endpoint' },
  { pattern: /\bevidence\b/, instead: 'RuleInput, finding' },
  { pattern: /\btoken borders\b/, instead: 'TokenThresholds' },
  { pattern: /\bpass(es|ed)? by\b|\bpassing by\b/, instead: 'bestEffort, skip' },
  { pattern: /(?<!(in|single) )\bflights?\b/, instead: 'inFlight' },
  { pattern: /\bparcels?\b/, instead: 'BufferedRequest' },
  { pattern: /\b(open stage|stage options)\b/, instead: 'fixture' },
  { pattern: /(?<!\b(hello\W{0,10}|the ))\bworlds?\b/, instead: 'scenario' },
  { pattern: /\bdesks?\b/, instead: 'provider form' },
  { pattern: /\b(take|taken|takes) along\b/, instead: 'snippet' },
  { pattern: /\bscenes?\b/, instead: 'tamper context' },
  { pattern: /\bpatients\b/, instead: 'targets' },
  { pattern: /\b(rehears(al|e|es|ed)|try ?-?outs?)\b/, instead: 'dry run' },
  { pattern: /\bspellings\b/, instead: 'encoding' },
  { pattern: /\bgivers?\b/, instead: 'option source' },
  { pattern: /\bstranger beside\b/, instead: 'certificateMismatch' },
  { pattern: /\b(reading facts|provider answers?|token answers?)\b/, instead: 'key facts, response' },
  { pattern: /\brooms\b|\b(a|the|each|one) room\b/, instead: 'module, directory' },
  { pattern: /(?<!\bmath\W)\bfloors?\b/, instead: 'layer' },
  { pattern: /\bhouses?\b/, instead: 'repository' },
  { pattern: /[\u2018\u2019\u201c\u201d]/, instead: 'straight quotes \' and "', files: code },
]
