import { loadProviders } from '@countersign/providers'

/**
 * The command's arguments for the first provider that signs: its id, and flags of its credentials, with the key
 * in `key.pem`.
 */
export async function signingArguments(): Promise<{ id: string; flags: string[] }> {
  for (const { provider } of await loadProviders()) {
    const [credentials = []] = provider.credentialSets
    if (!credentials.includes('privateKey')) continue
    const flags = credentials.flatMap((name) => {
      const flag = `--${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`
      return [flag, name === 'privateKey' ? 'key.pem' : (provider.fields[name]?.example ?? 'example')]
    })
    return { id: provider.id, flags }
  }
  throw new Error('No provider has a private key.')
}
