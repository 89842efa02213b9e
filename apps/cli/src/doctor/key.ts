import type { Provider } from '@countersign/core'
import { inspectEncryptedKey } from '@countersign/core/node'
import { exitCodes } from '../exit-code.ts'
import { toFlag, toVariable } from '../field-names.ts'
import type { Io } from '../io.ts'
import { fail, failOf, type Judgement, ok, warn } from './finding.ts'
import type { KeySource } from './key-source.ts'
import { shownPath } from './shown-path.ts'

/** What a key is, whether it can be used, and whether its size is what the provider advises. */
export async function judgeKey(provider: Provider, key: KeySource, { env }: Io): Promise<Judgement[]> {
  const { id, keyAdvice } = provider
  const about = { id: key.kind, provider: id }
  const make = `countersign keys generate --provider ${id}`
  try {
    const facts = await inspectEncryptedKey(
      typeof key.content === 'string' ? key.content.replaceAll('\\n', '\n') : key.content,
      { passphrase: key.passphrase },
    )
    if (!('bits' in facts)) {
      const variable = toVariable(id, 'passphrase')
      const sentence = `KEY_ENCRYPTED: the key is encrypted, and ${variable} is not set.`
      return [fail(about, sentence, `read -rs ${variable} && export ${variable}`, exitCodes.key)]
    }
    const { bits, form, container, encrypted, thumbprint, type } = facts
    const wanted = key.kind === 'private-key' ? 'private' : 'public'
    if (type !== wanted) {
      const code = wanted === 'private' ? 'KEY_NOT_PRIVATE' : 'KEY_NOT_PUBLIC'
      const file = key.path === undefined ? 'FILE' : shownPath(key.path, env)
      const mend =
        wanted === 'public'
          ? `countersign keys public ${file} --out public_key.pem`
          : `Pass the private key with ${toFlag(key.name)} FILE, or make one: ${make}`
      return [
        fail(about, `${code}: a ${wanted} key is wanted, and this is a ${type} key.`, mend, exitCodes.key),
      ]
    }
    const sealed = type === 'private' ? (encrypted ? ', encrypted' : ', not encrypted') : ''
    const wrapped = container === 'jwk' ? 'JWK' : `${form} in ${container.toUpperCase()}`
    const size = { id: `${key.kind}.size`, provider: id }
    return [
      ok(about, `The ${type} key is ${wrapped}${sealed}. Thumbprint (RFC 7638): ${thumbprint}`),
      bits < 2048
        ? fail(size, `KEY_TOO_SHORT: the key has ${bits} bits, and 2048 is the least.`, make, exitCodes.key)
        : keyAdvice !== undefined && type === 'private' && bits < keyAdvice.bits
          ? warn(size, `The key has ${bits} bits; ${keyAdvice.bits} are advised (${keyAdvice.source}).`, make)
          : ok(size, `The key has ${bits} bits.`),
    ]
  } catch (error) {
    const inspect = `countersign keys inspect ${key.path === undefined ? 'FILE' : shownPath(key.path, env)}`
    return [await failOf(about, error, `${inspect}, or a new key: ${make}`)]
  }
}
