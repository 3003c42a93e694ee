{{- /* The service's own certificate, key and CA. A directory, not a subPath, so that a renewal reaches the running pod. */ -}}
{{- define "accord.certificatevolume" -}}
- name: certificates
  secret:
    secretName: {{ include "accord.name" . }}-tls
    defaultMode: 0440
{{- end }}

{{- /* Servers read the caller's URI; stock verifiers check the DNS name. */ -}}
{{- define "accord.certificate" -}}
{{- with .Values.global.certManager -}}
apiVersion: cert-manager.io/v1
kind: Certificate
metadata:
  name: {{ include "accord.name" $ }}
  labels: {{- include "accord.labels" $ | nindent 4 }}
spec:
  secretName: {{ include "accord.name" $ }}-tls
  duration: {{ .duration }}
  renewBefore: {{ .renewBefore }}
  privateKey: { algorithm: ECDSA, size: 256, encoding: PKCS8, rotationPolicy: Always }
  usages: [digital signature, server auth, client auth]
  dnsNames: [{{ $.Chart.Name }}.accord.internal]
  uris: ["spiffe://accord/service/{{ $.Chart.Name }}"]
  issuerRef: { group: cert-manager.io, kind: {{ .issuer.kind }}, name: {{ .issuer.name }} }
{{- end }}
{{- end }}
