"""A small API as Django REST framework's own tutorial writes it: settings, model, views and addresses in one file."""

import hashlib
import os
import tempfile
import time
from datetime import timedelta

import django
from django.conf import settings

FOLDER = tempfile.mkdtemp()
REPORT = os.path.join(FOLDER, "report.bin")
with open(REPORT, "wb") as file:
    file.write(bytes(range(256)) * 4096)

settings.configure(
    SECRET_KEY="a key of this run that is long enough for HS256",
    ROOT_URLCONF=__name__,
    ALLOWED_HOSTS=["127.0.0.1"],
    # What bff says of the browser's address. Links that the framework writes into bodies are the browser's by it.
    USE_X_FORWARDED_HOST=True,
    SECURE_PROXY_SSL_HEADER=("HTTP_X_FORWARDED_PROTO", "https"),
    FORCE_SCRIPT_NAME="/api/server",
    INSTALLED_APPS=["django.contrib.auth", "django.contrib.contenttypes", "rest_framework"],
    MIDDLEWARE=[
        "django.middleware.security.SecurityMiddleware",
        "django.middleware.common.CommonMiddleware",
        "django.middleware.csrf.CsrfViewMiddleware",
        "django.middleware.clickjacking.XFrameOptionsMiddleware",
    ],
    DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": os.path.join(FOLDER, "db.sqlite3")}},
    DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
    REST_FRAMEWORK={
        "DEFAULT_AUTHENTICATION_CLASSES": ["rest_framework_simplejwt.authentication.JWTAuthentication"],
        "DEFAULT_PAGINATION_CLASS": "rest_framework.pagination.PageNumberPagination",
        "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
        "PAGE_SIZE": 10,
    },
    # Short, so that the run sees a renewal.
    SIMPLE_JWT={"ACCESS_TOKEN_LIFETIME": timedelta(seconds=20)},
)
django.setup()

from django.core.management import call_command
from django.core.wsgi import get_wsgi_application
from django.contrib.auth.models import User
from django.db import models
from django.http import FileResponse, JsonResponse, StreamingHttpResponse
from django.shortcuts import redirect
from django.urls import include, path
from django.utils.decorators import method_decorator
from django.views.decorators.http import condition
from rest_framework import parsers, permissions, routers, serializers, views, viewsets
from rest_framework.decorators import api_view, parser_classes, permission_classes
from rest_framework.response import Response
from rest_framework_simplejwt.views import TokenObtainPairView, TokenRefreshView


class Item(models.Model):
    name = models.CharField(max_length=50)
    price = models.FloatField(default=0)
    version = models.IntegerField(default=1)

    class Meta:
        app_label = "app"


class ItemSerializer(serializers.HyperlinkedModelSerializer):
    class Meta:
        model = Item
        fields = ["id", "url", "name", "price"]


def tag(request, pk):
    version = Item.objects.filter(pk=pk).values_list("version", flat=True).first()
    return f'"v{version}"' if version else None


@method_decorator(condition(etag_func=tag), name="retrieve")
@method_decorator(condition(etag_func=tag), name="update")
class ItemViewSet(viewsets.ModelViewSet):
    queryset = Item.objects.order_by("id")
    serializer_class = ItemSerializer

    def perform_update(self, serializer):
        serializer.save(version=serializer.instance.version + 1)


@api_view(["POST"])
def create_and_show(request):
    item = Item.objects.create(name=request.data["name"])
    return redirect("item-detail", pk=item.pk)


@api_view(["POST"])
def upload(request):
    file = request.FILES["file"]
    digest = hashlib.sha256()
    for part in file.chunks():
        digest.update(part)
    return Response({"name": file.name, "size": file.size, "sha256": digest.hexdigest()})


class RawUpload(views.APIView):
    parser_classes = [parsers.FileUploadParser]

    def put(self, request, filename):
        file = request.data["file"]
        digest = hashlib.sha256()
        for part in file.chunks():
            digest.update(part)
        return Response({"size": file.size, "sha256": digest.hexdigest()})


def report(request):
    return FileResponse(open(REPORT, "rb"), as_attachment=True, filename="report.bin")


def events(request):
    def one_a_second():
        for number in range(30):
            yield f'data: {{"number": {number}}}\n\n'
            time.sleep(1)

    return StreamingHttpResponse(one_a_second(), content_type="text/event-stream")


class UserSerializer(serializers.ModelSerializer):
    class Meta:
        model = User
        fields = ["pk", "username", "email", "first_name", "last_name"]


@api_view(["GET"])
@permission_classes([permissions.IsAuthenticated])
def me(request):
    return Response(UserSerializer(request.user).data)


def cookies(request):
    answer = JsonResponse(request.COOKIES)
    answer.set_cookie("upstream", "secret")
    return answer


def named(request, name):
    return JsonResponse({"tag": name, "q": request.GET["q"]})


def fault(request, kind):
    raise RuntimeError(f"a fault of kind {kind}")


router = routers.DefaultRouter()
router.register("items", ItemViewSet)
urlpatterns = [
    path("items/redirect/", create_and_show),
    path("", include(router.urls)),
    path("uploads/", upload),
    path("uploads/<str:filename>", RawUpload.as_view()),
    path("report/", report),
    path("events/", events),
    path("token/", TokenObtainPairView.as_view()),
    path("token/refresh/", TokenRefreshView.as_view()),
    path("user/", me),
    path("cookies/", cookies),
    path("tags/<str:name>/", named),
    path("faults/<str:kind>", fault),
]

call_command("migrate", run_syncdb=True, verbosity=0)
with django.db.connection.schema_editor() as editor:
    editor.create_model(Item)
Item.objects.bulk_create(Item(name=f"item {number}") for number in range(1, 26))
User.objects.create_user("ada", "ada@example.com", "adapass", first_name="Ada", last_name="Okafor")
application = get_wsgi_application()
