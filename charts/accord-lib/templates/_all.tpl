{{- /* Every object of one service, in the order in which they are needed. */ -}}
{{- define "accord.all" -}}
{{ include "accord.serviceaccount" . }}
---
{{ include "accord.configmap" . }}
---
{{ include "accord.networkpolicy" . }}
---
{{ include "accord.service" . }}
{{- range $component, $_ := .Values.workloads }}
---
{{ include "accord.deployment" (dict "root" $ "component" $component) }}
---
{{ include "accord.pdb" (dict "root" $ "component" $component) }}
{{- end }}
{{- if .Values.global.certManager.enabled }}
---
{{ include "accord.certificate" . }}
{{- end }}
{{- if .Values.migrate }}
---
{{ include "accord.migratenetworkpolicy" . }}
---
{{ include "accord.migrate" . }}
{{- end }}
{{- end }}
