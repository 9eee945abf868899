"""The data plane: everything under /v1/."""

from django.urls import path

from routing.api.batches import BatchCancel, BatchDetail, Batches
from routing.api.completions import ChatCompletions
from routing.api.feedback import Feedback
from routing.api.files import FileContent, FileDetail, Files
from routing.api.legacy import LegacyCompletions
from routing.api.messages import CountTokens, Messages
from routing.api.models import ModelDetail, Models
from routing.api.openapi import Docs, OpenAPI
from routing.api.operations import Embeddings, Images, Moderations, Speech, Transcriptions
from routing.api.requests import RequestDetail
from routing.api.responses import Responses
from routing.api.route import RoutePreview

app_name = "api"

urlpatterns = [
    path("chat/completions", ChatCompletions.as_view(), name="chat-completions"),
    path("completions", LegacyCompletions.as_view(), name="completions"),
    path("messages", Messages.as_view(), name="messages"),
    path("messages/count_tokens", CountTokens.as_view(), name="count-tokens"),
    path("embeddings", Embeddings.as_view(), name="embeddings"),
    path("images/generations", Images.as_view(), name="images"),
    path("audio/speech", Speech.as_view(), name="speech"),
    path("audio/transcriptions", Transcriptions.as_view(), name="transcriptions"),
    path("moderations", Moderations.as_view(), name="moderations"),
    path("feedback", Feedback.as_view(), name="feedback"),
    path("files", Files.as_view(), name="files"),
    path("files/<str:name>", FileDetail.as_view(), name="file"),
    path("files/<str:name>/content", FileContent.as_view(), name="file-content"),
    path("batches", Batches.as_view(), name="batches"),
    path("batches/<str:name>", BatchDetail.as_view(), name="batch"),
    path("batches/<str:name>/cancel", BatchCancel.as_view(), name="batch-cancel"),
    path("models", Models.as_view(), name="models"),
    path("models/<path:name>", ModelDetail.as_view(), name="model"),
    path("requests/<str:name>", RequestDetail.as_view(), name="request"),
    path("openapi.json", OpenAPI.as_view(), name="openapi"),
    path("docs", Docs.as_view(), name="docs"),
    path("responses", Responses.as_view(), name="responses"),
    path("route", RoutePreview.as_view(), name="route"),
]
