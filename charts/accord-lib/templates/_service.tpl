{{- /* Headless for gRPC: a client balances over the pods' addresses itself, a virtual address would pin it to one pod. */ -}}
{{- define "accord.service" -}}
apiVersion: v1
kind: Service
metadata:
  name: {{ include "accord.name" . }}
  labels: {{- include "accord.labels" . | nindent 4 }}
  {{- with .Values.service.annotations }}
  annotations: {{- toYaml . | nindent 4 }}
  {{- end }}
spec:
  {{- if eq .Values.service.type "Headless" }}
  clusterIP: None
  {{- else }}
  type: {{ .Values.service.type }}
  {{- if eq .Values.service.type "LoadBalancer" }}
  # Keeps the caller's address, which the rate limits of sign-in and public form count by.
  externalTrafficPolicy: Local
  {{- end }}
  {{- end }}
  selector:
    {{- include "accord.selector" . | nindent 4 }}
    app.kubernetes.io/component: serve
  ports:
    {{- range $name, $port := .Values.ports }}
    - { name: {{ $name }}, port: {{ $port }}, targetPort: {{ $name }} }
    {{- end }}
{{- end }}
