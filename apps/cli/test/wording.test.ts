import { fixedKeys } from '@countersign/fixtures'
import { expect, test } from 'vitest'
import { createProfiles } from './create-profiles.ts'
import { createScratch, runCommand } from './run-command.ts'

const access = '--access-key 6e33a078-99ed-4aa1-8e67-b0e19e9475fd --private-key key.pem'

/** Each refusal as a whole: what is wrong, then what to do, and nothing twice. */
test.each([
  ['token speeda --client-id', 'CONFIG_INVALID: Option `--client-id <text>` needs a value.'],
  [
    'token speeda --format secret-word',
    'CONFIG_INVALID: Option `--format <format>` must be env, dotenv or json.',
  ],
  ['completion secret-word', 'CONFIG_INVALID: Argument `shell` must be bash, zsh, fish or powershell.'],
  [
    'token speeda',
    'CONFIG_INVALID: speeda: --client-id (COUNTERSIGN_SPEEDA_CLIENT_ID), --key-id (COUNTERSIGN_SPEEDA_KEY_ID) and --private-key (COUNTERSIGN_SPEEDA_PRIVATE_KEY) are missing. `countersign token speeda --help` lists the options.',
  ],
  [
    'token oauth --client-id a --private-key key.pem --token-url https://login.example/token',
    'CONFIG_INVALID: oauth: --base-url (COUNTERSIGN_OAUTH_BASE_URL) is missing. `countersign token oauth --help` lists the options.',
  ],
  [
    `token utgl ${access} --uri /v1/ping --method G:T`,
    'CONFIG_INVALID: --method must be a method that can be sent, such as GET or POST.',
  ],
  [
    `token utgl ${access} --uri /v1/ping --method get --data {}`,
    'CONFIG_INVALID: A GET request cannot have a body. Leave --data out, or name another method.',
  ],
  [
    `token utgl ${access} --uri /v1/ping --method GET --base-url http://api.example.com`,
    'INSECURE_URL: utgl: A connection to http://api.example.com is not encrypted. Use https. Plain http is allowed on loopback only.',
  ],
  [
    `proxy utgl ${access} --secret-file missing`,
    'CONFIG_INVALID: The file missing (--secret-file) does not exist (ENOENT).',
  ],
  [
    `proxy utgl ${access} --socket /nowhere/proxy.sock`,
    'CONFIG_INVALID: The socket of --socket cannot be created (EACCES). Choose a path in a folder that exists and that you can write to.',
  ],
  [
    'emulator utgl --register utgl=missing',
    'CONFIG_INVALID: The file missing (--register utgl) does not exist (ENOENT).',
  ],
  [
    'emulator utgl --credentials-dir key.pem',
    'CONFIG_INVALID: The folder key.pem cannot be made (EEXIST). A part of its path is a file.',
  ],
  [
    'keys csr key.pem --subject secret-word',
    'CONFIG_INVALID: --subject has a name that is not one of CN, SERIALNUMBER, C, L, ST, STREET, O, OU, UID, DC, EMAILADDRESS. Write it as "CN=example,O=Example".',
  ],
  [
    'jwt decode abc',
    'TOKEN_MALFORMED: The token has 1 part, not three. Pass a JWT in compact form: three base64url parts, separated by dots.',
  ],
])('%s', async (line, message) => {
  await using scratch = await createScratch()
  const key = await scratch.file('key.pem', fixedKeys.rsa2048.privateKey)
  const { stdout, stderr } = await runCommand(line.replace('key.pem', key).split(' '))
  expect(stdout).toBe('')
  expect(stderr.replace(key, 'key.pem')).toBe(`${message}\n`)
})

test.each([
  ['token acme', 'acme is a profile, and a provider is needed. Pass cdata --profile acme.'],
  ['request acme catalogs', 'acme is a profile, and a provider is needed. Pass cdata --profile acme.'],
  [
    'request acme catalogs --dry-run',
    'acme is a profile, and a provider is needed. Pass cdata --profile acme.',
  ],
  [
    'token other',
    'There is no provider of that name. Providers: speeda, cdata, utgl, victor, paymentsgate and oauth.',
  ],
])('where a provider is needed: %s', async (line, message) => {
  await using profiles = await createProfiles('[profiles.acme]\nprovider = "cdata"\naccountId = "a"\n')
  const { env, cwd } = profiles
  const { stdout, stderr, exitCode } = await runCommand(line.split(' '), { env, cwd })
  expect({ stdout, stderr, exitCode }).toEqual({
    stdout: '',
    stderr: `CONFIG_INVALID: ${message}\n`,
    exitCode: 2,
  })
})
