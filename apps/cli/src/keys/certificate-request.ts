import { createPublicKey, type KeyObject } from 'node:crypto'
import { createSigningKey, Secret } from '@countersign/core'
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
  algorithm: keyof typeof signatureOids
}

/** sha256WithRSAEncryption and sha512WithRSAEncryption (RFC 8017, appendix A.2.4). */
const signatureOids = { RS256: '1.2.840.113549.1.1.11', RS512: '1.2.840.113549.1.1.13' } as const

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
    signatureAlgorithm: new AlgorithmIdentifier({
      algorithm: signatureOids[algorithm],
      parameters: null,
    }),
    signature: new Uint8Array(signature).buffer,
  })
  return toPem('CERTIFICATE REQUEST', new Uint8Array(AsnConvert.serialize(request)))
}
