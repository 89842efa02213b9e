import { join } from 'node:path'
import { importSigningKey, signJwt } from '@countersign/core'
import { fixedKeys } from '@countersign/fixtures'
import { fails, type MakeTables } from './row.ts'

const local = {
  refusal: { never: 'It works on files of this computer: no provider is asked.' },
  'network failure': { never: 'It works on files of this computer and sends nothing.' },
}

/** `keys` and `jwt`: everything happens on this computer. */
export const keyTables: MakeTables = async ({ files, folder }) => {
  const key = await importSigningKey(fixedKeys.rsa2048.privateKey, { algorithm: 'RS256' })
  const signed = await signJwt(key, { header: { alg: 'RS256' }, claims: { sub: 'me' } })
  const into = (name: string) => join(folder, name)
  const claims = 'eyJzdWIiOiJtZSJ9'
  const unsigned = `eyJhbGciOiJSUzI1NiJ9.${claims}.AAAA`
  const noKey = fails(3, 'KEY_MALFORMED', 'The format of the key is not known')
  const needsFile = { words: [], ...fails(2, 'CONFIG_INVALID', 'Missing required argument `file`') }
  const missing = { words: [files.missing], ...fails(2, 'CONFIG_INVALID', 'ENOENT') }
  return {
    'keys generate': {
      success: [
        {
          words: ['--out', into('made.pem'), '--force'],
          stdout:
            /^private key +\S+\npublic key +\S+\nbits +2048\nthumbprint \(RFC 7638\) +\S+\nSHA-256 of the SPKI +\S+\n$/,
          stderr: /^(?!.*[A-Z_]+:)/s,
          exitCode: 0,
        },
      ],
      'bad usage': [
        { words: ['--bits', '1024'], ...fails(2, 'CONFIG_INVALID', 'must be 2048, 3072 or 4096') },
        {
          words: ['--provider', 'nobody'],
          ...fails(2, 'CONFIG_INVALID', 'There is no provider of that name'),
        },
        { words: ['--out', files.key], ...fails(2, 'CONFIG_INVALID', '--force') },
        {
          words: ['--passphrase', 'hunter2hunter2'],
          ...fails(2, 'CONFIG_INVALID', 'COUNTERSIGN_PASSPHRASE'),
        },
      ],
      'bad key': { never: 'It makes its key and reads none.' },
      ...local,
    },
    'keys inspect': {
      success: [
        {
          words: [files.publicKey],
          stdout: /^bits +2048\n.*thumbprint \(RFC 7638\)/s,
          stderr: '',
          exitCode: 0,
        },
      ],
      'bad usage': [
        needsFile,
        missing,
        { words: [files.key, files.key], ...fails(2, 'CONFIG_INVALID', 'Too many arguments') },
      ],
      'bad key': [
        { words: [files.noKey], ...noKey },
        {
          words: [files.publicKey, '--with', files.otherPublicKey],
          stdout: /belong together +no\n$/,
          stderr: 'RULE_VIOLATED: The two keys do not belong together.\n',
          exitCode: 6,
        },
      ],
      ...local,
    },
    'keys public': {
      success: [{ words: [files.key], stdout: /^-----BEGIN PUBLIC KEY-----\n/, stderr: '', exitCode: 0 }],
      'bad usage': [
        needsFile,
        missing,
        { words: [files.key, '--form', 'xml'], ...fails(2, 'CONFIG_INVALID', 'must be pem, der, ') },
      ],
      'bad key': [{ words: [files.noKey], ...noKey }],
      ...local,
    },
    'keys convert': {
      success: [
        {
          words: [files.key, '--to', 'jwk', '--out', into('made.jwk'), '--force'],
          stdout: '',
          stderr: /: the private key as jwk, not encrypted\.\n$/,
          exitCode: 0,
        },
      ],
      'bad usage': [
        needsFile,
        { words: [files.missing, '--to', 'jwk'], ...fails(2, 'CONFIG_INVALID', 'ENOENT') },
        { words: [files.key], ...fails(2, 'CONFIG_INVALID', '--to is missing') },
        { words: [files.key, '--to', 'jwk'], ...fails(2, 'CONFIG_INVALID', '--out is missing') },
      ],
      'bad key': [
        { words: [files.noKey, '--to', 'jwk'], ...noKey },
        { words: [files.publicKey, '--to', 'pkcs8'], ...fails(3, 'KEY_NOT_PRIVATE', 'private key') },
      ],
      ...local,
    },
    'keys csr': {
      success: [
        {
          words: [files.key, '--subject', 'CN=example'],
          stdout: /^-----BEGIN CERTIFICATE REQUEST-----\n/,
          stderr: '',
          exitCode: 0,
        },
      ],
      'bad usage': [
        needsFile,
        { words: [files.missing, '--subject', 'CN=a'], ...fails(2, 'CONFIG_INVALID', 'ENOENT') },
        { words: [files.key], ...fails(2, 'CONFIG_INVALID', '--subject is missing') },
      ],
      'bad key': [
        { words: [files.noKey, '--subject', 'CN=a'], ...noKey },
        { words: [files.publicKey, '--subject', 'CN=a'], ...fails(3, 'KEY_NOT_PRIVATE', 'private key') },
        { words: [files.shortKey, '--subject', 'CN=a'], ...fails(3, 'KEY_TOO_SHORT', '2048') },
      ],
      ...local,
    },
    'jwt decode': {
      success: [{ words: [unsigned], stdout: /^NOT VERIFIED: .*sub: "me"/s, stderr: '', exitCode: 0 }],
      'bad usage': [
        { words: ['a', 'b'], ...fails(2, 'CONFIG_INVALID', 'Too many arguments') },
        { words: [unsigned, '--key', files.publicKey], ...fails(2, 'CONFIG_INVALID', '--alg') },
        { words: ['no.jwt'], ...fails(6, 'TOKEN_MALFORMED', '') },
      ],
      'bad key': [
        { words: [unsigned, '--key', files.noKey, '--alg', 'RS256'], ...noKey },
        {
          words: [unsigned, '--key', files.publicKey, '--alg', 'RS256'],
          ...fails(6, 'SIGNATURE_INVALID', ''),
        },
      ],
      ...local,
    },
    'jwt verify': {
      success: [
        {
          words: [signed, '--key', files.publicKey, '--alg', 'RS256'],
          stdout: /^Verified \(RS256\)\.\n.*sub: "me"/s,
          stderr: 'The token has no exp: it never expires.\n',
          exitCode: 0,
        },
      ],
      'bad usage': [
        {
          words: [unsigned],
          ...fails(2, 'CONFIG_INVALID', '--key FILE and --alg NAME (such as RS256) are missing'),
        },
        {
          words: [unsigned, '--key', files.missing, '--alg', 'RS256'],
          ...fails(2, 'CONFIG_INVALID', 'ENOENT'),
        },
      ],
      'bad key': [
        { words: [unsigned, '--key', files.noKey, '--alg', 'RS256'], ...noKey },
        {
          words: [unsigned, '--key', files.publicKey, '--alg', 'RS256'],
          ...fails(6, 'SIGNATURE_INVALID', ''),
        },
      ],
      ...local,
    },
    'jwt sign': {
      success: [
        {
          words: ['sub=me', '--key', files.key, '--alg', 'RS256'],
          stdout: /^eyJ[\w.-]+\n$/,
          stderr: '',
          exitCode: 0,
        },
      ],
      'bad usage': [
        {
          words: ['sub=me'],
          ...fails(2, 'CONFIG_INVALID', '--key FILE and --alg NAME (such as RS256) are missing'),
        },
        { words: ['sub', '--key', files.key, '--alg', 'RS256'], ...fails(2, 'CONFIG_INVALID', 'name=text') },
        {
          words: ['sub=me', '--key', files.missing, '--alg', 'RS256'],
          ...fails(2, 'CONFIG_INVALID', 'ENOENT'),
        },
      ],
      'bad key': [
        { words: ['sub=me', '--key', files.noKey, '--alg', 'RS256'], ...noKey },
        { words: ['sub=me', '--key', files.publicKey, '--alg', 'RS256'], ...fails(3, 'KEY_NOT_PRIVATE', '') },
        { words: ['sub=me', '--key', files.shortKey, '--alg', 'RS256'], ...fails(3, 'KEY_TOO_SHORT', '') },
      ],
      ...local,
    },
  }
}
