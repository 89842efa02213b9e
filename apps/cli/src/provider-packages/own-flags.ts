/**
 * The flags of the commands that take flags of providers, and names that profiles give a meaning. A field of a package
 * may not have one of these names: it could not be told apart. A test compares them with the commands.
 */
export const ownFlags: ReadonlySet<string> = new Set(
  [
    [
      'json',
      'quiet',
      'verbose',
      'color',
      'help',
      'version',
      'provider',
      'profile',
      'credentials',
      'passphrase',
    ],
    ['header', 'format', 'force', 'min-ttl', 'cache', 'token-store', 'method', 'uri', 'data'],
    ['form', 'include', 'output', 'retry', 'retry-unsafe', 'timeout', 'max-body-bytes', 'dry-run', 'curl'],
    ['paginate', 'local', 'generate-key', 'default', 'yes', 'online', 'env', 'url-env', 'masking', 'proxy'],
    ['port', 'host', 'allowed-host', 'socket', 'mount', 'secret-file', 'admin-port', 'admin-host', 'allow'],
    ['signer-command', 'head', 'ports', 'idempotency-key', 'all'],
  ].flatMap((names) => names.map((name) => `--${name}`)),
)
