export { showValue } from '../provider/show.ts'
export { diagnose } from './diagnose.ts'
export { atProvider, type Guess, type GuessedBy, guessProvider } from './guess-provider.ts'
export { parseRawRequest } from './raw-request.ts'
export { type ReadRuleInputOptions, readRuleInput } from './read-rule-input.ts'
export {
  type PastedResponse,
  type ResponseError,
  readResponse,
  ruleNamedBy,
  withNamedRule,
} from './response.ts'
export { factsOf, type RuleFact } from './rule-facts.ts'
