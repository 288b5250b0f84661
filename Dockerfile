# WAM Explorer in a container. Build and run:
#
#   docker build -t wam-explorer .
#   docker run --rm -p 127.0.0.1:8501:8501 -v wam-models:/models wam-explorer
#
# Then open http://localhost:8501. The address before the port keeps it on this machine; without
# it the dashboard, which asks for no password, is open to the network.
#
# With an NVIDIA GPU, take PyTorch as it is on PyPI, built for CUDA:
#
#   docker build --build-arg TORCH_INDEX=https://pypi.org/simple -t wam-explorer:cuda .
#   docker run --rm --gpus all -p 127.0.0.1:8501:8501 -v wam-models:/models wam-explorer:cuda
#
# Behind a reverse proxy, name the host that visitors use, as .streamlit/config.toml lists the local
# ones only: docker run -e STREAMLIT_SERVER_ALLOWED_HOSTS=example.org ...

FROM python:3.12-slim

ENV PIP_NO_CACHE_DIR=1 \
    PIP_DISABLE_PIP_VERSION_CHECK=1 \
    PIP_ROOT_USER_ACTION=ignore \
    PYTHONUNBUFFERED=1

WORKDIR /app

# requirements.lock constrains what requirements.txt asks for, so tools for development stay out.
# PyTorch goes first, from its own index and without dependencies: a version 2.x+cpu satisfies the
# pinned 2.x afterwards, and asks for no CUDA libraries where the one of PyPI does.
COPY requirements.txt requirements.lock ./
ARG TORCH_INDEX=https://download.pytorch.org/whl/cpu
RUN pip install --no-deps --index-url "${TORCH_INDEX}" --constraint requirements.lock torch torchvision \
    && pip install --requirement requirements.txt --constraint requirements.lock

COPY pyproject.toml LICENSE ./
COPY .streamlit .streamlit
COPY wam_core wam_core
COPY models models
COPY app app
RUN pip install --no-deps --editable .

# The user owns nothing but the folder of downloaded models.
RUN useradd --create-home --uid 1000 wam \
    && install --directory --owner wam --group wam /models
USER 1000
ENV HF_HOME=/models
VOLUME /models

# Inside a container, loopback is reached by nobody; what is published decides who gets in.
EXPOSE 8501
HEALTHCHECK --interval=30s --timeout=5s --start-period=60s --retries=3 \
    CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8501/_stcore/health', timeout=4).read()"]
CMD ["wam", "serve", "--host", "0.0.0.0"]
