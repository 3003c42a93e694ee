"""A partner system in another language: sends a referral over gRPC with its client certificate.

The generated modules are made from proto/ beforehand:
    python -m grpc_tools.protoc -I proto/protos --python_out=OUT --grpc_python_out=OUT \
        accord/options.proto accord/referral/v1/referral.proto
and OUT is put on PYTHONPATH.

Usage: partner.py ADDRESS CA CERTIFICATE KEY VERB [ARGUMENT...]
    submit REQUEST_ID FAMILY_NAME OWNER_NODE_ID   sends a referral
    status REFERRAL_ID                            asks where it stands
    answer REQUEST_ID REFERRAL_ID TEXT            answers what was asked
    raw PATH                                      calls any method with an empty message

Prints one JSON object: the answer, or {"code": ..., "message": ...} of the refusal.
"""

import json
import pathlib
import sys

import grpc

from accord.referral.v1 import referral_pb2, referral_pb2_grpc


def referral(family):
    return referral_pb2.ReferralInput(
        initiated_by="PROFESSIONAL",
        submitted_by="PARTNER_TRANSFER",
        source="POLICE_OIC",
        parties=[
            referral_pb2.PartyInput(
                role="HARMED_PERSON", given_name="Pilar", family_name=family, phone="07700 900463"
            ),
            referral_pb2.PartyInput(role="HARMER", given_name="Gus", family_name=family + "son"),
        ],
        harm_type="THE.BIKE",
        what_happened="A bicycle was taken from the station.",
        agrees_to_contact=True,
        case_kind="RESTORATIVE_JUSTICE",
        referrer=referral_pb2.Referrer(name="Records desk", organisation="Northvale Police"),
    )


def call(channel, verb, arguments):
    service = referral_pb2_grpc.ReferralServiceStub(channel)
    if verb == "submit":
        request_id, family, node = arguments
        answer = service.SubmitReferral(
            referral_pb2.SubmitReferralRequest(
                request_id=request_id, input=referral(family), owner_node_id=node
            ),
            timeout=10,
        )
        return {"referral_id": answer.referral_id, "reference": answer.reference}
    if verb == "status":
        status = service.GetReferralStatus(
            referral_pb2.GetReferralStatusRequest(referral_id=arguments[0]), timeout=10
        ).status
        return {
            "id": status.id,
            "reference": status.reference,
            "state": referral_pb2.ReferralState.Name(status.state),
            "question": status.question,
        }
    if verb == "answer":
        request_id, referral_id, text = arguments
        service.ProvideInformation(
            referral_pb2.ProvideInformationRequest(
                request_id=request_id, referral_id=referral_id, answer=text
            ),
            timeout=10,
        )
        return {}
    if verb == "raw":
        channel.unary_unary(arguments[0])(b"", timeout=10)
        return {}
    sys.exit(__doc__)


def main():
    if len(sys.argv) < 6:
        sys.exit(__doc__)
    address, ca, certificate, key, verb, *arguments = sys.argv[1:]
    read = lambda path: pathlib.Path(path).read_bytes()
    credentials = grpc.ssl_channel_credentials(read(ca), read(key), read(certificate))
    with grpc.secure_channel(address, credentials) as channel:
        try:
            answer = call(channel, verb, arguments)
        except grpc.RpcError as refusal:
            answer = {"code": refusal.code().name, "message": refusal.details()}
    print(json.dumps(answer))


if __name__ == "__main__":
    main()
