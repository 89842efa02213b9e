import { type CData, type CDataOptions, cdataQueryError, createCData } from '@countersign/cdata'
import { createCDataEmulator } from '@countersign/cdata/emulator'
import type { Auth, Secret, Token } from '@countersign/core'

declare const pem: string
declare const accountId: string
declare const connectionIds: readonly string[]

// What compiles.
const cdata: CData = createCData({ accountId, privateKey: pem })
createCData({ accountId, privateKey: pem, subAccountId: 'a', connectionIds, lifetimeSeconds: 60 })
const emulator = createCDataEmulator()
createCData({ ...(await emulator.register(pem)), privateKey: pem, fetch: emulator.fetch })

// What comes back.
cdata satisfies Auth
cdata.api satisfies Auth['api']
cdata.api
  .extend({ retry: 0 })
  .get('a', { searchParams: { b: 1 } })
  .json<{ c: 1 }>() satisfies Promise<{ c: 1 }>
const token: Token = await cdata.token()
token.value satisfies Secret
const customer = cdata.forSubAccount('customer-1', { connectionIds, externalIdentity: 'user-1' })
customer satisfies Auth
customer.api satisfies Auth['api']
customer.token() satisfies Promise<Token>
cdataQueryError(await customer.api.post('query').json())?.message satisfies string | undefined

// What does not compile.
// @ts-expect-error api is a ky instance, not anything
cdata.api.fetchJson('a')
// @ts-expect-error accountId is missing
createCData({ privateKey: pem })
// @ts-expect-error privateKey is missing
createCData({ accountId })
// @ts-expect-error accountId is misspelled
createCData({ accountID: accountId, privateKey: pem })
// @ts-expect-error connection ids are an array, not a text that holds one
createCData({ accountId, privateKey: pem, connectionIds: '["connection-1"]' })
// @ts-expect-error a sub-account has an id
cdata.forSubAccount()
// @ts-expect-error a sub-account's options are not the parent's
cdata.forSubAccount('customer-1', { lifetimeSeconds: 60 })
// @ts-expect-error a sub-account has no sub-accounts
customer.forSubAccount('customer-2')
// optional options accept undefined, as configuration objects have it
const undefinedOption: CDataOptions = { accountId, privateKey: pem, subAccountId: undefined }

void undefinedOption
