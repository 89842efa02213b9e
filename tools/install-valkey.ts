import { execFile } from 'node:child_process'
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { findService, valkeyFolder } from './services.ts'

/**
 * Puts Debian's Valkey into the cache of this workspace, where the tests look for it. Nothing is installed: Debian
 * 12 has it among its backports only, which the computer's own sources need not name. Where there is no package,
 * this says so and ends well, and the tests name Valkey as left out.
 */
const execute = promisify(execFile)

async function install(scratch: string): Promise<string> {
  const { VERSION_CODENAME: codename } = Object.fromEntries(
    readFileSync('/etc/os-release', 'utf8')
      .split('\n')
      .map((line) => line.split('=')),
  )
  const keyring = '/usr/share/keyrings/debian-archive-keyring.gpg'
  const from = `deb [signed-by=${keyring}] http://deb.debian.org/debian`
  const sources = join(scratch, 'sources.list')
  writeFileSync(sources, `${from} ${codename} main\n${from} ${codename}-backports main\n`)
  for (const folder of ['lists/partial', 'cache/archives/partial'])
    mkdirSync(join(scratch, folder), { recursive: true })
  const options = [
    `Dir::Etc::SourceList=${sources}`,
    'Dir::Etc::SourceParts=/dev/null',
    `Dir::State::Lists=${join(scratch, 'lists')}`,
    `Dir::Cache=${join(scratch, 'cache')}`,
    'APT::Sandbox::User=root',
  ].flatMap((option) => ['-o', option])
  await execute('apt-get', [...options, '-qq', 'update'])
  const packages = ['valkey-server', 'valkey-tools']
  await execute('apt-get', [...options, '-qq', 'download', ...packages], { cwd: scratch })
  const unpacked = join(scratch, 'unpacked')
  const { stdout: files } = await execute('find', [scratch, '-maxdepth', '1', '-name', '*.deb'])
  for (const file of files.trim().split('\n')) await execute('dpkg-deb', ['-x', file, unpacked])
  mkdirSync(valkeyFolder, { recursive: true })
  for (const program of ['valkey-cli', 'valkey-server'])
    copyFileSync(join(unpacked, 'usr/bin', program), join(valkeyFolder, program))
  const { stdout: version } = await execute(join(valkeyFolder, 'valkey-server'), ['--version'])
  return version.trim()
}

const found = findService('valkey')
if (found !== undefined) console.log(`Valkey is at ${found}.`)
else {
  const scratch = mkdtempSync(join(tmpdir(), 'valkey-'))
  try {
    console.log(await install(scratch))
  } catch (error) {
    console.log(`Valkey cannot be had here: ${String(error).split('\n')[0]}`)
  } finally {
    rmSync(scratch, { recursive: true, force: true })
  }
}
