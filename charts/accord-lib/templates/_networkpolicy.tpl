{{- /* Rules that name no peer allow everybody, so each rule below is written only with peers. */ -}}
{{- define "accord.networkpolicy" -}}
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata:
  name: {{ include "accord.name" . }}-default-deny
  labels: {{- include "accord.labels" . | nindent 4 }}
spec:
  podSelector:
    matchLabels: {{- include "accord.selector" . | nindent 6 }}
  policyTypes: [Ingress, Egress]
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata:
  name: {{ include "accord.name" . }}-callers
  labels: {{- include "accord.labels" . | nindent 4 }}
spec:
  podSelector:
    matchLabels:
      {{- include "accord.selector" . | nindent 6 }}
      app.kubernetes.io/component: serve
  policyTypes: [Ingress]
  {{- if or .Values.callers .Values.service.from }}
  ingress:
    - from:
        {{- range .Values.callers }}
        - podSelector:
            matchLabels:
              app.kubernetes.io/part-of: accord
              app.kubernetes.io/name: {{ . }}
            matchExpressions: [{ key: app.kubernetes.io/component, operator: In, values: [serve, worker] }]
        {{- end }}
        {{- with .Values.service.from }}
        {{- toYaml . | nindent 8 }}
        {{- end }}
      ports:
        {{- range .Values.ports }}
        - { protocol: TCP, port: {{ . }} }
        {{- end }}
  {{- end }}
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata:
  name: {{ include "accord.name" . }}-reach
  labels: {{- include "accord.labels" . | nindent 4 }}
spec:
  podSelector:
    matchLabels: {{- include "accord.selector" . | nindent 6 }}
    matchExpressions: [{ key: app.kubernetes.io/component, operator: In, values: [serve, worker] }]
  policyTypes: [Ingress, Egress]
  {{- with .Values.global.monitoring.from }}
  ingress:
    - from: {{- toYaml . | nindent 8 }}
      ports: [{ protocol: TCP, port: {{ $.Values.adminPort }} }]
  {{- end }}
  egress:
    {{- range .Values.calls }}
    - to:
        - podSelector:
            matchLabels:
              app.kubernetes.io/part-of: accord
              app.kubernetes.io/name: {{ . }}
              app.kubernetes.io/component: serve
      ports: [{ protocol: TCP, port: 7443 }]
    {{- end }}
    {{- range prepend .Values.egress "dns" }}
    {{- include "accord.egress" (dict "root" $ "name" .) | nindent 4 }}
    {{- end }}
{{- end }}

{{- /* A hook like the Job that it is for: the release's own policies do not exist yet when the Job first runs. */ -}}
{{- define "accord.migratenetworkpolicy" -}}
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata:
  name: {{ include "accord.name" . }}-migrate
  labels: {{- include "accord.labels" . | nindent 4 }}
  annotations:
    helm.sh/hook: pre-install,pre-upgrade
    helm.sh/hook-weight: "-10"
    helm.sh/hook-delete-policy: before-hook-creation
spec:
  podSelector:
    matchLabels:
      {{- include "accord.selector" . | nindent 6 }}
      app.kubernetes.io/component: migrate
  policyTypes: [Ingress, Egress]
  egress:
    {{- range list "dns" "postgres" }}
    {{- include "accord.egress" (dict "root" $ "name" .) | nindent 4 }}
    {{- end }}
{{- end }}

{{- /* One egress rule for a name of global.egress. */ -}}
{{- define "accord.egress" -}}
{{- $target := index .root.Values.global.egress .name | required (printf "global.egress.%s: say where %s is (ports, to)" .name .name) -}}
- to: {{- toYaml (required (printf "global.egress.%s.to: name at least one peer" .name) $target.to) | nindent 4 }}
  ports:
    {{- range $target.ports }}
    - { protocol: TCP, port: {{ . }} }
    {{- if eq $.name "dns" }}
    - { protocol: UDP, port: {{ . }} }
    {{- end }}
    {{- end }}
{{- end }}
