import { execFileSync, spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pack } from '../../tools/packages/tarball.ts'
import { generateClients } from './generate.ts'

/**
 * Runs the examples of `docs/integrations.md` with the packages as they are packed:
 * `node e2e/integrations/run.ts [part of a file name …]`.
 */
const here = import.meta.dirname
const packed = mkdtempSync(join(tmpdir(), 'integrations-'))
try {
  for (const id of ['core', 'speeda', 'testing', 'utgl']) {
    const { name, file } = pack(join(here, '../../packages', id), packed)
    const target = join(here, 'node_modules', name)
    rmSync(target, { recursive: true, force: true })
    mkdirSync(target, { recursive: true })
    execFileSync('tar', ['-xzf', file, '--strip-components=1', '-C', target])
  }
} finally {
  rmSync(packed, { recursive: true, force: true })
}
generateClients()
const vitest = join(here, 'node_modules/vitest/vitest.mjs')
const { status } = spawnSync(process.execPath, [vitest, 'run', ...process.argv.slice(2)], {
  cwd: here,
  stdio: 'inherit',
})
process.exitCode = status ?? 1
