import { expect, test } from 'vitest'
import { materials } from '../bill-of-materials.ts'

const bundle = { name: '@countersign/cli', version: '1.2.3', license: 'MIT' }

test('lists each package of a bundle with its package URL', () => {
  const parts = [
    { name: 'jose', version: '6.2.17', license: 'MIT' },
    { name: '@peculiar/asn1-csr', version: '2.11.1', license: 'MIT' },
  ]
  expect(materials(bundle, parts)).toMatchObject({
    bomFormat: 'CycloneDX',
    metadata: { component: { type: 'application', purl: 'pkg:npm/%40countersign/cli@1.2.3' } },
    components: [
      { type: 'library', name: 'jose', version: '6.2.17', purl: 'pkg:npm/jose@6.2.17' },
      { group: '@peculiar', name: 'asn1-csr', purl: 'pkg:npm/%40peculiar/asn1-csr@2.11.1' },
    ],
    dependencies: [
      {
        ref: 'pkg:npm/%40countersign/cli@1.2.3',
        dependsOn: ['pkg:npm/jose@6.2.17', 'pkg:npm/%40peculiar/asn1-csr@2.11.1'],
      },
    ],
  })
})

test('writes a choice of licences as an expression', () => {
  const parts = [{ name: 'pako', version: '2.1.0', license: 'MIT OR Zlib' }]
  expect(materials(bundle, parts)).toMatchObject({
    components: [{ licenses: [{ expression: 'MIT OR Zlib' }] }],
  })
})

test('has nothing that differs between two builds', () => {
  expect(Object.keys(materials(bundle, []))).not.toContain('serialNumber')
  expect(JSON.stringify(materials(bundle, []))).not.toContain('timestamp')
})
