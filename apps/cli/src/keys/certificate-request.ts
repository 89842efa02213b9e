import { createPublicKey, type KeyObject } from 'node:crypto'
import { createSigningKey, Secret, type SigningAlgorithm } from '@countersign/core'
import { toPem } from '@countersign/core/provider'
import { Attributes, CertificationRequest, CertificationRequestInfo } from '@peculiar/asn1-csr'
import { AsnConvert } from '@peculiar/asn1-schema'
import {
  AlgorithmIdentifier,
  AttributeTypeAndValue,
  AttributeValue,
  Name,
  RelativeDistinguishedName,
  SubjectPublicKeyInfo,
} from '@peculiar/asn1-x509'
import type { SubjectAttribute } from './subject.ts'

/** Options of {@link createCertificateRequest}. */
export interface CertificateRequestOptions {
  subject: readonly SubjectAttribute[]
  algorithm: SigningAlgorithm
}

/** RSASSA-PKCS1-v1_5 with SHA-256, SHA-384 and SHA-512, whose parameters are NULL (RFC 8017, appendix A.2.4). */
const pkcs1 = (last: 11 | 12 | 13) =>
  new AlgorithmIdentifier({ algorithm: `1.2.840.113549.1.1.${last}`, parameters: null })

/**
 * RSASSA-PSS with MGF1 over the same hash (RFC 4055, section 3.1): hash, mask and salt length written out, since
 * only those of SHA-1 may be left out.
 */
function pss(hash: '01' | '02' | '03', saltLength: '20' | '30' | '40'): AlgorithmIdentifier {
  const sha2 = `300d06096086480165030402${hash}0500`
  const mask = `301a06092a864886f70d010108${sha2}`
  const parameters = Buffer.from(`3034a00f${sha2}a11c${mask}a2030201${saltLength}`, 'hex')
  return new AlgorithmIdentifier({
    algorithm: '1.2.840.113549.1.1.10',
    parameters: Uint8Array.from(parameters).buffer,
  })
}

const signatureAlgorithms: Readonly<Record<SigningAlgorithm, AlgorithmIdentifier>> = {
  RS256: pkcs1(11),
  RS384: pkcs1(12),
  RS512: pkcs1(13),
  PS256: pss('01', '20'),
  PS384: pss('02', '30'),
  PS512: pss('03', '40'),
}

/** Attributes whose values are IA5String; the others are UTF8String, and a country PrintableString. */
const ia5 = new Set(['DC', 'EMAILADDRESS'])

/**
 * A certificate request (PKCS#10, RFC 2986) as PEM. Its structures are those of @peculiar/asn1-csr, on which
 * @peculiar/x509 is built: that package needs a `Reflect` polyfill in the whole program and six times the code.
 */
export async function createCertificateRequest(
  key: KeyObject,
  { subject, algorithm }: CertificateRequestOptions,
): Promise<string> {
  const toValue = ({ name, value }: SubjectAttribute) => {
    if (ia5.has(name)) return new AttributeValue({ ia5String: value })
    return new AttributeValue(name === 'C' ? { printableString: value } : { utf8String: value })
  }
  const names = subject.map((attribute) => {
    const pair = new AttributeTypeAndValue({ type: attribute.oid, value: toValue(attribute) })
    return new RelativeDistinguishedName([pair])
  })
  const spki = createPublicKey(key).export({ type: 'spki', format: 'der' })
  const info = new CertificationRequestInfo({
    subject: new Name(names),
    subjectPKInfo: AsnConvert.parse(spki, SubjectPublicKeyInfo),
    attributes: new Attributes(),
  })
  const pkcs8 = new Secret(key.export({ type: 'pkcs8', format: 'pem' }).toString())
  const signature = await createSigningKey(pkcs8, { algorithm }).sign(
    new Uint8Array(AsnConvert.serialize(info)),
  )
  const request = new CertificationRequest({
    certificationRequestInfo: info,
    signatureAlgorithm: signatureAlgorithms[algorithm],
    signature: new Uint8Array(signature).buffer,
  })
  return toPem('CERTIFICATE REQUEST', new Uint8Array(AsnConvert.serialize(request)))
}
