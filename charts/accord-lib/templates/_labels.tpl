{{- /* The name of the service's objects. One stack per namespace, so that peers are found by a fixed name. */ -}}
{{- define "accord.name" -}}
accord-{{ .Chart.Name }}
{{- end }}

{{- /* Labels that select every pod of the service; never changed, a Deployment's selector is immutable. */ -}}
{{- define "accord.selector" -}}
app.kubernetes.io/part-of: accord
app.kubernetes.io/name: {{ .Chart.Name }}
{{- end }}

{{- define "accord.labels" -}}
{{ include "accord.selector" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version }}
{{- end }}

{{- define "accord.image" -}}
{{- with .Values.global.image -}}
{{- if .digest }}{{ .repository }}@{{ .digest }}{{ else }}{{ .repository }}:{{ .tag | default $.Chart.AppVersion }}{{ end }}
{{- end }}
{{- end }}
