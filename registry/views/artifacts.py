from django.http import Http404


def download(request, **kwargs):
    raise Http404
