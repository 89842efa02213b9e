import { deepStrictEqual } from 'node:assert'
import { createOAuth, type OAuthOptions } from '@countersign/oauth'
import type { LocalServer, TokenCall } from './local-server.ts'

/** What Countersign sends in another way than the vendor's client; `undefined` for what it leaves out. */
export type Differences = Partial<Record<'query' | 'fields' | 'header' | 'claims', Record<string, unknown>>>

/** A recipe, and where the vendor documents its token endpoint. */
export interface Recipe {
  name: string
  options: OAuthOptions
  endpoint: string
}

function withDifferences(call: TokenCall, differences: Differences): TokenCall {
  const changed = (part: keyof Differences) => {
    const members = Object.entries({ ...call[part], ...differences[part] })
    return Object.fromEntries(members.filter(([, value]) => value !== undefined))
  }
  const texts = (part: 'query' | 'fields') => changed(part) as Record<string, string>
  return {
    ...call,
    query: texts('query'),
    fields: texts('fields'),
    header: changed('header'),
    claims: changed('claims'),
  }
}

/** Compares what recipes send to a server with what the vendors send or document. */
export function createComparison(server: LocalServer) {
  /** The token call of a recipe, which must go to the documented endpoint. */
  async function send({ name, options, endpoint }: Recipe): Promise<TokenCall | undefined> {
    const addresses: string[] = []
    const recorded: typeof fetch = (input, init) => {
      addresses.push(String(input))
      return server.routed(input, init)
    }
    const { value } = await createOAuth({ ...options, fetch: recorded }).token()
    deepStrictEqual(value.reveal(), 'a-token', name)
    deepStrictEqual(addresses, [endpoint], name)
    return server.lastTokenCall()
  }
  return {
    /** The vendor's client must succeed first; then both must have sent the same, but for the differences. */
    async compare(
      recipe: Recipe,
      vendor: () => Promise<unknown>,
      differences: Differences = {},
    ): Promise<void> {
      const { name } = recipe
      deepStrictEqual(await vendor(), 'a-token', `${name}: the vendor's client`)
      const theirs = server.lastTokenCall()
      if (theirs === undefined) throw new Error(`${name}: the vendor's client sent nothing.`)
      deepStrictEqual(await send(recipe), withDifferences(theirs, differences), name)
      const named = Object.entries(differences).flatMap(([part, members]) =>
        Object.keys(members).map((member) => `${part}.${member}`),
      )
      const but = named.length === 0 ? '' : `, but for ${named.join(', ')}`
      console.log(`${name}: sends what the vendor's client sends${but}`)
    },
  }
}
