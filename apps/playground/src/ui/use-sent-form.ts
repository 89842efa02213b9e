import { useMemo } from 'preact/hooks'
import type { ProviderForm } from '../model/provider-form.ts'
import { type TamperingId, withNeeds } from '../model/tampering.ts'

/**
 * The form with what the chosen faults need in its request. The form itself stays as it was filled in, and is the
 * result when they need nothing.
 */
export function useSentForm(form: ProviderForm, chosen: readonly TamperingId[]): ProviderForm {
  const { method, path, body } = withNeeds(form.request, chosen)
  return useMemo(() => {
    const isSame = form.request.method === method && form.request.path === path && form.request.body === body
    return isSame ? form : { ...form, request: { method, path, body } }
  }, [form, method, path, body])
}
