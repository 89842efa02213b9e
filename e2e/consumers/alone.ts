import { type Auth, generateKeyPair } from '@countersign/core'

/** An adapter's package, its factory, and where to send a request. */
const [, , packageName = '', factory = '', baseUrl = ''] = process.argv
const { [factory]: create } = await import(packageName)
const { [`${factory}Emulator`]: createEmulator } = await import(`${packageName}/emulator`)
const { privateKey, publicKey } = await generateKeyPair()
const auth: Auth = create({ ...(await createEmulator().register(publicKey)), privateKey, baseUrl })
const response = await auth.fetch(`${baseUrl}/ping?number=1`)
process.stdout.write(`${response.status} ${await response.text()}`)
