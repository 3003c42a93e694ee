{{- /* The only pod that is given the owner's secret. It runs before the release's pods, so it uses nothing that the release
makes: the schema is expanded before new code serves. */ -}}
{{- define "accord.migrate" -}}
{{- $leaf := printf "%s.database.owner_url" .Chart.Name -}}
apiVersion: batch/v1
kind: Job
metadata:
  name: {{ include "accord.name" . }}-migrate
  labels:
    {{- include "accord.labels" . | nindent 4 }}
    app.kubernetes.io/component: migrate
  annotations:
    helm.sh/hook: pre-install,pre-upgrade
    helm.sh/hook-weight: "0"
    helm.sh/hook-delete-policy: before-hook-creation,hook-succeeded
spec:
  backoffLimit: 2
  activeDeadlineSeconds: 1800
  template:
    metadata:
      labels:
        {{- include "accord.labels" . | nindent 8 }}
        app.kubernetes.io/component: migrate
    spec:
      {{- include "accord.podsecurity" . | nindent 6 }}
      restartPolicy: Never
      containers:
        - name: migrate
          {{- include "accord.containersecurity" . | nindent 10 }}
          args: [{{ .Chart.Name }}, migrate]
          env:
            - { name: {{ include "accord.env" $leaf }}__FILE, value: /run/secrets/accord/{{ $leaf }} }
            {{- range $leaf, $value := .Values.migrate.config }}
            - { name: {{ include "accord.env" $leaf }}, value: {{ include "accord.scalar" $value }} }
            {{- end }}
          resources: {{- toYaml .Values.migrate.resources | nindent 12 }}
          volumeMounts:
            - { name: secrets, mountPath: /run/secrets/accord, readOnly: true }
      volumes:
        {{- include "accord.secretvolume" (merge (dict $leaf .Values.migrate.owner) .Values.mounts) | nindent 8 }}
{{- end }}
