import { inspectKey } from '@countersign/core'
import { ControlRefusal } from './control-refusal.ts'

/**
 * Refuses a private key: its public half would do, and the key should not have travelled.
 *
 * @throws {ControlRefusal}
 */
export async function checkPublic(key: string): Promise<void> {
  const encrypted = /-----BEGIN [A-Z ]*PRIVATE KEY-----/.test(key)
  const inspected = await inspectKey(key).catch(() => undefined)
  if (encrypted || inspected?.type === 'private')
    throw new ControlRefusal(
      400,
      'KEY_IS_PRIVATE',
      'this is a private key, which stays where it is. Send what `countersign keys public FILE` prints.',
    )
}
