# The R side of two_sample.py. Requests on standard input, one a line: "method table draws repeats"; answers: who did it,
# seconds of the processor for each repeat, and the first effect.
#
# `packages` are calls of the real packages, used where they load. `own` are our own versions of the published algorithms
# in base R, written from the papers and the packages' documentation, not from their code: fits by lm, and one pass of a
# loop for each draw. Where a method's heart is compiled code of a package that distributions ship (quantreg, glmnet,
# robustbase), it is called as the MR packages call it.

ratios <- function(d, order = 2) {
  r <- d$by / d$bx
  se <- if (order == 1) d$sy / abs(d$bx) else sqrt(d$sy^2 / d$bx^2 + d$by^2 * d$sx^2 / d$bx^4)
  list(r = r, se = se)
}

loaded <- function(name) suppressMessages(suppressWarnings(requireNamespace(name, quietly = TRUE)))

# ---- medians (Bowden et al., 2016)

# The listing in the paper's appendix orders ratios and weights one after the other, and so do the packages.
weighted_median <- function(r, w) {
  w <- w[order(r)]
  r <- r[order(r)]
  middle <- (cumsum(w) - w / 2) / sum(w)
  below <- max(which(middle < 0.5))
  r[below] + (r[below + 1] - r[below]) * (0.5 - middle[below]) / (middle[below + 1] - middle[below])
}

median_method <- function(weighting) function(d, draws) {
  q <- ratios(d)
  w <- if (weighting == "simple") rep(1, length(q$r)) else 1 / q$se^2
  if (weighting == "penalised") {
    far <- w * (q$r - weighted_median(q$r, w))^2
    w <- w * pmin(1, 20 * pchisq(far, 1, lower.tail = FALSE))
  }
  drawn <- numeric(draws)
  for (i in seq_len(draws)) {
    bx <- rnorm(length(d$bx), d$bx, d$sx)
    by <- rnorm(length(d$by), d$by, d$sy)
    drawn[i] <- weighted_median(by / bx, w)
  }
  c(weighted_median(q$r, w), sd(drawn))
}

# ---- modes (Hartwig et al., 2017)

highest <- function(r, w) {
  width <- 0.9 * min(sd(r), mad(r)) / length(r)^(1 / 5)
  found <- density(r, weights = w, bw = max(width, 1e-8))
  found$x[which.max(found$y)]
}

mode_method <- function(weighting) function(d, draws) {
  q <- ratios(d)
  w <- if (weighting == "simple") rep(1, length(q$r)) else 1 / q$se^2
  w <- w / sum(w)
  drawn <- numeric(draws)
  for (i in seq_len(draws)) drawn[i] <- highest(rnorm(length(q$r), q$r, q$se), w)
  c(highest(q$r, w), mad(drawn))
}

# ---- regressions

ivw <- function(model) function(d, draws) {
  s <- summary(lm(d$by ~ 0 + d$bx, weights = 1 / d$sy^2))
  b <- s$coefficients[1, ]
  c(b[1], b[2] / (if (model == "fixed") s$sigma else min(1, s$sigma)))
}

oriented <- function(d) {
  if (is.matrix(d$bx)) {
    s <- sign(d$bx[, 1])
  } else {
    s <- sign(d$bx)
  }
  d$bx <- d$bx * s
  d$by <- d$by * s
  d
}

egger <- function(d, draws) {
  d <- oriented(d)
  s <- summary(lm(d$by ~ d$bx, weights = 1 / d$sy^2))
  c(s$coefficients[2, 1], s$coefficients[2, 2] / min(1, s$sigma))
}

egger_bootstrap <- function(d, draws) {
  drawn <- numeric(draws)
  for (i in seq_len(draws)) {
    bx <- rnorm(length(d$bx), d$bx, d$sx)
    by <- rnorm(length(d$by), d$by, d$sy) * sign(bx)
    drawn[i] <- lm(by ~ abs(bx), weights = 1 / d$sy^2)$coefficients[2]
  }
  c(mean(drawn), sd(drawn))
}

penalised <- function(d, draws) {
  first <- median(d$by / d$bx)
  w <- pmin(1, 100 * pchisq(((d$by - first * d$bx) / d$sy)^2, 1, lower.tail = FALSE)) / d$sy^2
  s <- summary(lm(d$by ~ 0 + d$bx, weights = w))
  c(s$coefficients[1, 1], s$coefficients[1, 2] / min(1, s$sigma))
}

robust <- function(d, draws) {
  fit <- robustbase::lmrob(d$by ~ 0 + d$bx, weights = 1 / d$sy^2, k.max = 500)
  c(coef(fit)[1], summary(fit)$coefficients[1, 2])
}

# ---- maximum likelihood: true effects on the exposure are parameters, errors by the Hessian

maximum_likelihood <- function(d, draws) {
  p <- length(d$bx)
  minus <- function(a) sum((d$bx - a[-1])^2 / d$sx^2 + (d$by - a[1] * a[-1])^2 / d$sy^2) / 2
  found <- optim(c(ivw("fixed")(d)[1], d$bx), minus, method = "BFGS", hessian = TRUE, control = list(maxit = 25000))
  c(found$par[1], sqrt(solve(found$hessian)[1, 1]) * max(1, sqrt(2 * found$value / (p - 1))))
}

# ---- MR-RAPS (Zhao et al., 2020): overdispersed, Huber's loss

raps <- function(d, draws) {
  k <- 1.345
  slope <- function(t) pmax(-k, pmin(k, t))
  moment <- function(f) integrate(function(z) f(z) * dnorm(z), -Inf, Inf)$value
  delta <- moment(function(z) z * slope(z))
  c1 <- moment(function(z) slope(z)^2)
  c2 <- moment(function(z) (z * slope(z))^2) - delta^2
  c3 <- moment(function(z) z^2 * (abs(z) < k))
  b <- weighted_median(d$by / d$bx, d$bx^2 / d$sy^2)
  tau2 <- 0
  for (step in 1:100) {
    before <- c(b, tau2)
    excess <- function(u) {
      v <- d$sy^2 + u + b^2 * d$sx^2
      t <- (d$by - b * d$bx) / sqrt(v)
      sum(d$sx^2 * (t * slope(t) - delta) / v)
    }
    most <- max((d$by - b * d$bx)^2) / delta
    tau2 <- if (excess(0) <= 0) 0 else uniroot(excess, c(0, most), tol = 1e-12 * most)$root
    score <- function(b) {
      v <- d$sy^2 + tau2 + b^2 * d$sx^2
      t <- (d$by - b * d$bx) / sqrt(v)
      sum(slope(t) * (d$bx / sqrt(v) + t * b * d$sx^2 / v))
    }
    reach <- 10 / sqrt(sum(d$bx^2 / (d$sy^2 + tau2)))
    b <- uniroot(score, b + c(-reach, reach), extendInt = "downX", tol = 1e-10)$root
    if (max(abs(c(b, tau2) - before)) < 1e-9) break
  }
  own <- d$sy^2 + tau2
  v2 <- (own + b^2 * d$sx^2)^2
  signal <- sum(((d$bx^2 - d$sx^2) * own + (d$by^2 - own) * d$sx^2) / v2)
  noise <- c1 * (signal + sum(d$sx^2 * own / v2))
  share <- sum(d$sx^2 / v2)
  of_tau2 <- c2 * sum(d$sx^4 / v2) / ((delta + c3) / 2 * share)^2
  c(b, sqrt(noise + (delta * b * share)^2 * of_tau2) / (delta * signal))
}

# ---- debiased and penalised IVW (Ye et al., 2021; Xu et al., 2023): closed forms

divw <- function(d, draws) {
  w <- 1 / d$sy^2
  denominator <- sum((d$bx^2 - d$sx^2) * w)
  b <- sum(d$bx * d$by * w) / denominator
  tau2 <- max(0, sum(((d$by - b * d$bx)^2 - d$sy^2 - b^2 * d$sx^2) * w) / sum(w))
  spread <- d$bx^2 * w * (1 + tau2 * w) + b^2 * d$sx^2 * w^2 * (d$bx^2 + d$sx^2)
  c(b, sqrt(sum(spread)) / abs(denominator))
}

pivw <- function(d, draws) {
  w <- 1 / d$sy^2
  denominator <- sum((d$bx^2 - d$sx^2) * w)
  variance <- sum(w^2 * (4 * (d$bx^2 - d$sx^2) * d$sx^2 + 2 * d$sx^4))
  covariance <- sum(2 * w^2 * d$bx * d$by * d$sx^2)
  penalised <- denominator / 2 + sign(denominator) * sqrt(denominator^2 / 4 + variance)
  b <- (sum(d$bx * d$by * w) + covariance / variance * (penalised - denominator)) / penalised
  tau2 <- max(0, sum(((d$by - b * d$bx)^2 - d$sy^2 - b^2 * d$sx^2) * w) / sum(w))
  spread <- d$bx^2 * w * (1 + tau2 * w) + b^2 * d$sx^2 * w^2 * (d$bx^2 + d$sx^2)
  c(b, sqrt(sum(spread)) / abs(penalised))
}

# ---- radial IVW (Bowden et al., 2018, 2019): modified weights, iterated weights, exact weights with fixed and random
# effects, the latter's error by a bootstrap over variants

exact <- function(d, dispersion) {
  optimize(function(b) sum((d$by - b * d$bx)^2 / (dispersion * d$sy^2 + b^2 * d$sx^2)), c(-2, 2), tol = 1e-6)
}

exact_random <- function(d) {
  excess <- function(dispersion) exact(d, dispersion)$objective - (length(d$bx) - 1)
  if (excess(1) <= 0) return(exact(d, 1)$minimum)
  exact(d, uniroot(excess, c(1, 10), extendInt = "downX", tol = 1e-4)$root)$minimum
}

radial <- function(d, draws) {
  r <- d$by / d$bx
  of_weights <- function(b) {
    root <- sqrt(d$bx^2 / (d$sy^2 + b^2 * d$sx^2))
    lm(r * root ~ 0 + root)
  }
  first <- lm(d$by ~ 0 + d$bx, weights = 1 / d$sy^2)$coefficients
  modified <- summary(of_weights(first))
  b <- first
  repeat {
    after <- of_weights(b)$coefficients
    if (abs(after - b) < 1e-5) break
    b <- after
  }
  exact(d, 1)
  exact_random(d)
  drawn <- numeric(draws)
  for (i in seq_len(draws)) {
    at <- sample.int(length(r), replace = TRUE)
    drawn[i] <- exact_random(lapply(d, function(each) each[at]))
  }
  sd(drawn)
  modified$coefficients[1, 1:2]
}

radial_egger <- function(d, draws) {
  root <- abs(d$bx) / d$sy
  first <- lm(d$by / d$bx * root ~ root)$coefficients[2]
  root <- sqrt(d$bx^2 / (d$sy^2 + first^2 * d$sx^2))
  summary(lm(d$by / d$bx * root ~ root))$coefficients[2, 1:2]
}

# ---- contamination mixture (Burgess et al., 2020): the profile likelihood on a grid of steps of 0.01

contamination_mixture <- function(d, draws) {
  q <- ratios(d, order = 1)
  psi <- 1.5 * sd(q$r)
  invalid <- dnorm(q$r, 0, sqrt(psi^2 + q$se^2), log = TRUE)
  grid <- seq(min(q$r - 2 * q$se), max(q$r + 2 * q$se), by = 0.01)
  height <- numeric(length(grid))
  for (i in seq_along(grid)) height[i] <- sum(pmax(dnorm(q$r, grid[i], q$se, log = TRUE), invalid))
  b <- grid[which.max(height)]
  c(b, NA)
}

# ---- MR-Lasso (Rees et al., 2019): a path of glmnet, IVW at each penalty, and the heterogeneity stopping rule

lasso <- function(d, draws) {
  x <- d$bx / d$sy
  z <- d$by / d$sy
  out <- diag(length(x)) - tcrossprod(x) / sum(x^2)
  path <- glmnet::glmnet(out / d$sy, out %*% z, intercept = FALSE)
  n <- ncol(path$beta)
  sigma <- count <- effect <- numeric(n)
  for (i in seq_len(n)) {
    valid <- path$beta[, n + 1 - i] == 0
    count[i] <- sum(valid)
    if (count[i] < 2) next
    s <- summary(lm(d$by[valid] ~ 0 + d$bx[valid], weights = 1 / d$sy[valid]^2))
    sigma[i] <- s$sigma
    effect[i] <- s$coefficients[1, 1]
  }
  stop_at <- which(sigma[-1] > 1 & diff(sigma) > qchisq(0.95, 1) / count[-1])
  c(effect[if (length(stop_at)) max(stop_at[1], which(count > 1)[1]) else n], NA)
}

# ---- MR-PRESSO (Verbanck et al., 2018): in each draw, a fit without each variant in turn; then outliers, distortion

left_out <- function(bx, by, sy) {
  b <- numeric(length(bx))
  for (i in seq_along(bx)) b[i] <- lm(by[-i] ~ 0 + bx[-i], weights = 1 / sy[-i]^2)$coefficients
  b
}

presso <- function(d, draws) {
  p <- length(d$bx)
  slopes <- left_out(d$bx, d$by, d$sy)
  squares <- (d$by - slopes * d$bx)^2
  observed <- sum(squares / d$sy^2)
  drawn <- numeric(draws)
  each <- matrix(0, draws, p)
  for (i in seq_len(draws)) {
    bx <- rnorm(p, d$bx, d$sx)
    by <- rnorm(p, slopes * d$bx, d$sy)
    drawn[i] <- sum(((by - left_out(bx, by, d$sy) * bx) / d$sy)^2)
    each[i, ] <- (by - slopes * bx)^2
  }
  global <- mean(drawn > observed)
  of_variants <- pmin(1, p * colMeans(sweep(each, 2, squares, ">")))
  outlier <- global < 0.05 & of_variants <= 0.05
  fit <- function(at) summary(lm(d$by[at] ~ 0 + d$bx[at], weights = 1 / d$sy[at]^2))$coefficients[1, 1:2]
  raw <- fit(seq_len(p))
  if (!any(outlier)) return(raw)
  kept <- fit(which(!outlier))
  others <- numeric(draws)
  for (i in seq_len(draws)) {
    at <- c(which(outlier), sample(which(!outlier), p - 2 * sum(outlier), replace = TRUE))
    others[i] <- lm(d$by[at] ~ 0 + d$bx[at], weights = 1 / d$sy[at]^2)$coefficients
  }
  mean(abs((raw[1] - others) / others) > abs((raw[1] - kept[1]) / kept[1]))
  kept
}

# ---- several exposures

several_ivw <- function(d, draws) {
  s <- summary(lm(d$by ~ 0 + d$bx, weights = 1 / d$sy^2))
  c(s$coefficients[1, 1], s$coefficients[1, 2] / min(1, s$sigma))
}

several_egger <- function(d, draws) {
  d <- oriented(d)
  s <- summary(lm(d$by ~ d$bx, weights = 1 / d$sy^2))
  c(s$coefficients[2, 1], s$coefficients[2, 2] / min(1, s$sigma))
}

several_median <- function(d, draws) {
  w <- 1 / d$sy^2
  drawn <- matrix(0, draws, ncol(d$bx))
  for (i in seq_len(draws)) {
    bx <- matrix(rnorm(length(d$bx), d$bx, d$sx), ncol = ncol(d$bx))
    by <- rnorm(length(d$by), d$by, d$sy)
    drawn[i, ] <- suppressWarnings(quantreg::rq(by ~ 0 + bx, weights = w)$coefficients)
  }
  c(suppressWarnings(quantreg::rq(d$by ~ 0 + d$bx, weights = w)$coefficients)[1], sd(drawn[, 1]))
}

own <- list(
  "ivw" = ivw("random"), "ivw-fixed" = ivw("fixed"), "ivw-penalised" = penalised, "egger" = egger,
  "simple-median" = median_method("simple"), "weighted-median" = median_method("weighted"),
  "penalised-median" = median_method("penalised"), "simple-mode" = mode_method("simple"),
  "weighted-mode" = mode_method("weighted"), "egger-bootstrap" = egger_bootstrap,
  "maximum-likelihood" = maximum_likelihood, "raps" = raps, "divw" = divw, "pivw" = pivw, "radial" = radial,
  "radial-egger" = radial_egger, "contamination-mixture" = contamination_mixture, "presso" = presso,
  "several-ivw" = several_ivw, "several-egger" = several_egger
)
if (loaded("robustbase")) own <- c(own, list("ivw-robust" = robust, "several-robust" = robust))
if (loaded("glmnet")) own <- c(own, list("lasso" = lasso))
if (loaded("quantreg")) own <- c(own, list("several-median" = several_median))

# ---- the real packages, where they load; not in Debian

packages <- list()
if (loaded("TwoSampleMR")) {
  two <- function(name) function(d, draws) {
    call <- getExportedValue("TwoSampleMR", name)
    options <- utils::modifyList(TwoSampleMR::default_parameters(), list(nboot = draws))
    found <- call(d$bx, d$by, d$sx, d$sy, options)
    c(found$b, found$se)
  }
  packages <- c(packages, lapply(list(
    "ivw" = "mr_ivw", "ivw-fixed" = "mr_ivw_fe", "egger" = "mr_egger_regression", "simple-median" = "mr_simple_median",
    "weighted-median" = "mr_weighted_median", "penalised-median" = "mr_penalised_weighted_median",
    "simple-mode" = "mr_simple_mode", "weighted-mode" = "mr_weighted_mode",
    "egger-bootstrap" = "mr_egger_regression_bootstrap", "maximum-likelihood" = "mr_two_sample_ml", "raps" = "mr_raps",
    "radial" = "mr_ivw_radial"), two))
}
if (loaded("MendelianRandomization")) {
  other <- function(name, ...) function(d, draws) {
    call <- getExportedValue("MendelianRandomization", name)
    found <- call(MendelianRandomization::mr_input(d$bx, d$sx, d$by, d$sy), ...)
    found@Estimate
  }
  packages <- c(packages, list(
    "ivw-robust" = other("mr_ivw", robust = TRUE), "ivw-penalised" = other("mr_ivw", penalized = TRUE),
    "divw" = other("mr_divw"), "pivw" = other("mr_pivw"), "contamination-mixture" = other("mr_conmix"),
    "lasso" = other("mr_lasso"), "cml" = other("mr_cML", DP = FALSE, n = 100000),
    "cml-dp" = other("mr_cML", n = 100000), "several-median" = function(d, draws) {
      input <- MendelianRandomization::mr_mvinput(d$bx, d$sx, d$by, d$sy)
      MendelianRandomization::mr_mvmedian(input, iterations = draws)@Estimate[1]
    }))
}
if (loaded("MRPRESSO")) packages <- c(packages, list("presso" = function(d, draws) {
  found <- MRPRESSO::mr_presso(BetaOutcome = "by", BetaExposure = "bx", SdOutcome = "sy", SdExposure = "sx",
    OUTLIERtest = TRUE, DISTORTIONtest = TRUE, data = as.data.frame(d), NbDistribution = draws)
  effects <- found$`Main MR results`$`Causal Estimate`
  rev(effects[!is.na(effects)])[1]
}))

# ---- the loop of requests

read_table <- function(path) {
  t <- as.matrix(read.table(path, header = TRUE))
  columns <- function(name) {
    found <- t[, startsWith(colnames(t), name), drop = FALSE]
    if (ncol(found) == 1) unname(found[, 1]) else unname(found)
  }
  list(bx = columns("bx"), by = columns("by"), sx = columns("sx"), sy = columns("sy"))
}

set.seed(1)
requests <- file("stdin", "r")
while (length(line <- readLines(requests, n = 1))) {
  asked <- strsplit(line, " ")[[1]]
  method <- packages[[asked[1]]]
  who <- if (is.null(method)) "own" else "package"
  if (is.null(method)) method <- own[[asked[1]]]
  if (is.null(method)) {
    cat("none NA NA\n")
    next
  }
  d <- read_table(asked[2])
  # of the processor: nothing else that runs beside counts
  since <- proc.time()
  for (i in seq_len(as.integer(asked[4]))) found <- method(d, as.integer(asked[3]))
  seconds <- sum((proc.time() - since)[1:2]) / as.integer(asked[4])
  cat(who, format(seconds, digits = 8), format(unname(found[1]), digits = 12), "\n")
}
