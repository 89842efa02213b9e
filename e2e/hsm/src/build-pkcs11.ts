import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'

const sources = ['src/dl.cpp', 'src/common.cpp', 'src/main.cpp']
const defines = ['NAPI_DISABLE_CPP_EXCEPTIONS', 'NODE_GYP_MODULE_NAME=pkcs11', 'BUILDING_NODE_EXTENSION']

/**
 * Compiles the native half of `pkcs11js`, once. The install leaves it out, so that nobody needs a compiler
 * to install this workspace; the compiler is called directly, since the usual way downloads Node's headers,
 * which lie beside the Node that runs this.
 */
export function buildPkcs11(): void {
  const folder = dirname(createRequire(import.meta.url).resolve('pkcs11js/package.json'))
  const target = join(folder, 'build/Release/pkcs11.node')
  if (existsSync(target)) return
  const headers = join(dirname(process.execPath), '../include/node')
  if (!existsSync(join(headers, 'node_api.h')))
    throw new Error(`There are no headers of Node at ${headers}: run the tests by pnpm, which brings them.`)
  mkdirSync(dirname(target), { recursive: true })
  execFileSync(
    'c++',
    [
      ...['-O2', '-shared', '-fPIC', '-std=c++17', '-w', '-Iincludes', `-I${headers}`],
      ...defines.map((name) => `-D${name}`),
      ...[...sources, '-o', target, '-ldl'],
    ],
    { cwd: folder, stdio: 'pipe' },
  )
}
