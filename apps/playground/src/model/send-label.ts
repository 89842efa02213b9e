import type { Provider } from '@countersign/core'
import type { Edit } from './edit.ts'
import type { ProviderForm } from './provider-form.ts'
import type { TamperingId } from './tampering.ts'

interface SendLabelOptions {
  form: ProviderForm
  provider: Pick<Provider, 'example'>
  tampering: readonly TamperingId[]
  edit: Edit | undefined
}

/** What the button sends, in words. */
export function toSendLabel({ form, provider, tampering, edit }: SendLabelOptions): string {
  const { length } = tampering
  const faults = length === 0 ? '' : `${length} ${length === 1 ? 'fault' : 'faults'}`
  const changes = [faults, edit === undefined ? '' : 'your edits'].filter((part) => part !== '')
  if (changes.length > 0) return `Send with ${changes.join(' and ')}`
  const { request, texts, issued } = form
  const isExample = request.path === provider.example.path && request.method === provider.example.method
  const isIssued = Object.entries(issued).every(([name, value]) => texts[name] === value)
  return isExample && isIssued ? 'Send a good request' : 'Send this request'
}
