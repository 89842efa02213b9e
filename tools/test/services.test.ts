import { chmodSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { findService, serviceProjects, services } from '../services.ts'

const folder = mkdtempSync(join(tmpdir(), 'services-'))
const tests = join(folder, 'packages/core/test')
mkdirSync(tests, { recursive: true })
writeFileSync(join(tests, 'store.redis.test.ts'), '')
for (const name of ['redis-server', 'openssl']) {
  writeFileSync(join(folder, name), '')
  chmodSync(join(folder, name), 0o755)
}
afterAll(() => rmSync(folder, { recursive: true }))

describe('tests that need a program of the computer', () => {
  test('run where the program is', () => {
    expect(findService('redis', `/nowhere:${folder}`)).toBe(join(folder, 'redis-server'))
    expect(serviceProjects(folder, { PATH: folder })).toMatchObject([{ name: 'redis', run: true }])
  })

  test('are named where it is not', () => {
    const [project] = serviceProjects(folder, { PATH: '/nowhere' })
    expect(project).toMatchObject({ run: false, notRun: 'not run: redis (no redis-server found)' })
  })

  test('are demanded when nothing may be left out', () => {
    expect(serviceProjects(folder, { PATH: '/nowhere', CI: 'true' })).toMatchObject([{ run: true }])
  })

  test('are not demanded when they are installed on their own', () => {
    const edge = mkdtempSync(join(tmpdir(), 'services-edge-'))
    mkdirSync(join(edge, 'e2e/edge/test'), { recursive: true })
    writeFileSync(join(edge, 'e2e/edge/test/workers.test.ts'), '')
    const [project] = serviceProjects(edge, { PATH: '/nowhere', CI: 'true' })
    expect(project).toMatchObject({ name: 'workerd', run: findService('workerd') !== undefined })
    rmSync(edge, { recursive: true })
  })

  test('are named by the program that their service needs besides', () => {
    const place = (name: string) => writeFileSync(join(folder, name), '')
    mkdirSync(join(folder, 'e2e/hsm/test'), { recursive: true })
    place('e2e/hsm/test/hsm.test.ts')
    const hsm = () => serviceProjects(folder, { PATH: folder }).find(({ name }) => name === 'softhsm')
    if (findService('softhsm', folder) === undefined) {
      expect(hsm()).toMatchObject({ run: false, notRun: 'not run: softhsm (no softhsm2 found)' })
      return
    }
    for (const name of ['softhsm2-util', 'pkcs11-tool']) place(name)
    expect(hsm()).toMatchObject({ run: false, notRun: 'not run: softhsm (no c++ found)' })
    place('c++')
    const binding = services.softhsm.besides?.at(-1) ?? ''
    expect(hsm()?.run).toBe(existsSync(join(import.meta.dirname, '../..', binding)))
  })

  test('are not spoken of where there are none', () => {
    expect(serviceProjects(tests, { PATH: '/nowhere' })).toEqual([])
  })
})
