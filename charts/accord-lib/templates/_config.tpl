{{- /* The environment name of a configuration leaf: case.database.app_url -> ACCORD__CASE__DATABASE__APP_URL. */ -}}
{{- define "accord.env" -}}
ACCORD__{{ . | replace "." "__" | upper }}
{{- end }}

{{- /* Helm reads whole numbers as floats; 1000000 must not become 1e+06. */ -}}
{{- define "accord.scalar" -}}
{{- if kindIs "float64" . }}{{ int64 . | toString | quote }}{{ else }}{{ toString . | quote }}{{ end }}
{{- end }}

{{- /* Every configuration leaf of serve and worker as environment. Secrets are named here by their file, never by value. */ -}}
{{- define "accord.environment" -}}
{{- $service := .Chart.Name -}}
{{ include "accord.env" "admin.listen" }}: "0.0.0.0:{{ .Values.adminPort }}"
{{ include "accord.env" "tls.ca" }}: /etc/accord/tls/ca.crt
{{ include "accord.env" (printf "%s.certificate" $service) }}: /etc/accord/tls/tls.crt
{{ include "accord.env" (printf "%s.private_key" $service) }}: /etc/accord/tls/tls.key
{{- range .Values.calls }}
{{ include "accord.env" (printf "peers.%s" .) }}: accord-{{ . }}:7443
{{- end }}
{{- range $leaf, $value := merge (dict) .Values.config .Values.global.config }}
{{ include "accord.env" $leaf }}: {{ include "accord.scalar" $value }}
{{- end }}
{{- range $leaf, $_ := .Values.secrets }}
{{ include "accord.env" $leaf }}__FILE: /run/secrets/accord/{{ $leaf }}
{{- end }}
{{- range $leaf, $_ := .Values.files }}
{{ include "accord.env" $leaf }}: /run/secrets/accord/{{ $leaf }}
{{- end }}
{{- end }}

{{- define "accord.configmap" -}}
apiVersion: v1
kind: ConfigMap
metadata:
  name: {{ include "accord.name" . }}
  labels: {{- include "accord.labels" . | nindent 4 }}
data: {{- include "accord.environment" . | nindent 2 }}
{{- end }}

{{- /* One projected volume with every secret file; takes a map of file name to {secret, key}. */ -}}
{{- define "accord.secretvolume" -}}
- name: secrets
  projected:
    defaultMode: 0440
    sources:
      {{- range $path, $from := . }}
      - secret:
          name: {{ $from.secret }}
          items: [{ key: {{ $from.key | quote }}, path: {{ $path | quote }} }]
      {{- end }}
{{- end }}
