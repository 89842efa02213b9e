import { randomUUID } from 'node:crypto'
import { generateKeyPair } from '@countersign/core'
import { createUtgl } from '@countersign/utgl'

const { privateKey } = await generateKeyPair()
const baseUrl = process.argv[2] ?? 'http://127.0.0.1:4400'
const utgl = createUtgl({ accessKey: randomUUID(), privateKey, baseUrl })
const response = await utgl.fetch(`${baseUrl}/ping?number=1`)
process.stdout.write(`${response.status} ${await response.text()}`)
