//! Threads that share the architectures of a pool, each computing with one core.
//!
//! Small pictures leave the cores of one operator with too little to share; whole samples are shared better. What a
//! job gives does not depend on which worker does it or when, so the number of workers changes no result.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex, PoisonError, mpsc};
use std::thread;

use tch::{Device, Kind, Reduction, TchError, Tensor};

use super::forward::{Passage, UsedWeights, forward};
use crate::evaluate::EvaluateError;
use crate::space::network::{Network, WeightId};

/// One network on one batch.
#[derive(Debug)]
pub(crate) struct Job {
    /// What to run.
    pub network: Arc<Network>,
    /// Its weights.
    pub weights: UsedWeights,
    /// Pictures, channels last.
    pub pictures: Tensor,
    /// Their labels.
    pub labels: Tensor,
    /// Whether gradients are wanted.
    pub gradient: bool,
    /// How the batch passes.
    pub passage: Passage,
    /// What the loss is.
    pub lesson: Lesson,
}

impl Job {
    /// A job on the plain cross entropy, normalised by the batch's own statistics.
    pub(crate) fn new(
        network: Arc<Network>,
        weights: UsedWeights,
        pictures: Tensor,
        labels: Tensor,
        gradient: bool,
    ) -> Self {
        let (passage, lesson) = (Passage::default(), Lesson::default());
        Self { network, weights, pictures, labels, gradient, passage, lesson }
    }
}

/// What is added to the cross entropy of a batch; by default nothing.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Lesson {
    /// Share of a label that is spread over all classes (Szegedy et al. 2016).
    pub smoothing: f64,
    /// The weight of the auxiliary head's cross entropy.
    pub auxiliary: f64,
}

/// What a job gave.
#[derive(Debug)]
pub(crate) struct Answer {
    /// Mean loss of the batch.
    pub loss: f64,
    /// Right answers.
    pub correct: f64,
    /// Pictures.
    pub pictures: f64,
    /// The gradient of the loss for each weight of the job, in its order; empty where none was wanted, and where the
    /// loss is not finite.
    pub gradients: Vec<Tensor>,
    /// Mean and variance of each batch normalisation's input, where they were to be measured.
    pub statistics: Vec<[Tensor; 2]>,
}

type Outcome = (usize, Result<Answer, TchError>);

/// The threads. They end when this is dropped.
#[derive(Debug)]
pub(crate) struct Workers {
    jobs: Option<mpsc::Sender<(usize, Job)>>,
    answers: mpsc::Receiver<Outcome>,
    threads: Vec<thread::JoinHandle<()>>,
}

impl Workers {
    /// Starts as many threads as are asked for; 0 is one a core on a CPU, and one on any other device. Gives their number.
    ///
    /// # Errors
    /// Threads that the system refuses.
    pub(crate) fn on(device: Device, asked: usize) -> Result<(Self, usize), EvaluateError> {
        let count = match (device, asked) {
            (Device::Cpu, 0) => thread::available_parallelism().map_or(1, usize::from),
            (_, 0) => 1,
            (_, count) => count,
        };
        let refused = |cause| EvaluateError::Unavailable(format!("{count} workers cannot be started: {cause}"));
        Ok((Self::new(count).map_err(refused)?, count))
    }

    /// Starts so many threads.
    pub(crate) fn new(count: usize) -> std::io::Result<Self> {
        let (jobs, queue) = mpsc::channel::<(usize, Job)>();
        let (outlet, answers) = mpsc::channel::<Outcome>();
        let queue = Arc::new(Mutex::new(queue));
        let threads = (0..count)
            .map(|index| {
                let (queue, outlet) = (Arc::clone(&queue), outlet.clone());
                thread::Builder::new().name(format!("worker {index}")).spawn(move || {
                    single_threaded();
                    loop {
                        let next = queue.lock().unwrap_or_else(PoisonError::into_inner).recv();
                        let Ok((place, job)) = next else { break };
                        let answer = catch_unwind(AssertUnwindSafe(|| run(&job)))
                            .unwrap_or_else(|panic| Err(TchError::Torch(panic_text(&*panic))));
                        if outlet.send((place, answer)).is_err() {
                            break;
                        }
                    }
                })
            })
            .collect::<Result<_, _>>()?;
        Ok(Self { jobs: Some(jobs), answers, threads })
    }

    /// Does all jobs and gives their answers in the order of the jobs.
    ///
    /// The costly ones are begun first, so that no worker is left alone with a long one at the end.
    pub(crate) fn run(&self, jobs: Vec<Job>) -> Result<Vec<Answer>, TchError> {
        let count = jobs.len();
        let mut ordered: Vec<(usize, Job)> = jobs.into_iter().enumerate().collect();
        ordered.sort_by_key(|(_, job)| std::cmp::Reverse(job.network.steps.len()));
        let gone = || TchError::Torch("a worker thread has ended".into());
        let sender = self.jobs.as_ref().ok_or_else(gone)?;
        for job in ordered {
            sender.send(job).map_err(|_| gone())?;
        }
        let mut answers: Vec<Option<Answer>> = (0..count).map(|_| None).collect();
        let mut failure = None;
        for _ in 0..count {
            let (place, answer) = self.answers.recv().map_err(|_| gone())?;
            match answer {
                Ok(answer) => answers[place] = Some(answer),
                Err(error) => failure = Some(error),
            }
        }
        match failure {
            Some(error) => Err(error),
            None => Ok(answers.into_iter().flatten().collect()),
        }
    }
}

impl Drop for Workers {
    fn drop(&mut self) {
        self.jobs = None;
        for thread in self.threads.drain(..) {
            // A worker catches its panics, so that there is nothing to learn from the result.
            let _ = thread.join();
        }
    }
}

/// The mean of the gradients over the samples whose loss is finite, summed in the order of the samples so that the
/// same seed gives the same bits.
pub(crate) fn mean_gradients(
    weights: usize,
    used: &[Vec<WeightId>],
    answers: Vec<Answer>,
) -> Result<Vec<(WeightId, Tensor)>, TchError> {
    let mut sums: Vec<Option<Tensor>> = (0..weights).map(|_| None).collect();
    let finite = answers.iter().filter(|answer| !answer.gradients.is_empty()).count();
    for (ids, answer) in used.iter().zip(answers) {
        for (id, gradient) in ids.iter().zip(answer.gradients) {
            sums[id.0] = Some(match sums[id.0].take() {
                Some(mut sum) => sum.f_add_(&gradient)?,
                None => gradient,
            });
        }
    }
    let mut means = Vec::new();
    for (id, sum) in sums.into_iter().enumerate() {
        if let Some(mut sum) = sum {
            means.push((WeightId(id), sum.f_mul_scalar_(1.0 / finite as f64)?));
        }
    }
    Ok(means)
}

/// Makes libtorch use one core for the operators of this thread.
///
/// Asking for the number first makes it initialise, which would otherwise undo the setting later.
pub(crate) fn single_threaded() {
    let _ = tch::get_num_threads();
    tch::set_num_threads(1);
}

fn run(job: &Job) -> Result<Answer, TchError> {
    if job.gradient {
        evaluate(job)
    } else {
        let _guard = tch::no_grad_guard();
        evaluate(job)
    }
}

fn evaluate(job: &Job) -> Result<Answer, TchError> {
    let passed = forward(&job.network, &job.weights, &job.pictures, &job.passage)?;
    let entropy = |logits: &Tensor| {
        logits.f_cross_entropy_loss::<Tensor>(&job.labels, None, Reduction::Mean, -100, job.lesson.smoothing)
    };
    let mut loss = entropy(&passed.logits)?;
    if let Some(auxiliary) = passed.auxiliary.filter(|_| job.gradient && job.lesson.auxiliary > 0.0) {
        loss = loss.f_add(&entropy(&auxiliary)?.f_mul_scalar(job.lesson.auxiliary)?)?;
    }
    let value = loss.f_double_value(&[])?;
    let right = passed.logits.f_argmax(1, false)?.f_eq_tensor(&job.labels)?.f_sum(Kind::Int64)?.f_double_value(&[])?;
    let gradients = if job.gradient && value.is_finite() {
        Tensor::f_run_backward(&[loss], job.weights.tensors(), false, false)?
    } else {
        Vec::new()
    };
    let pictures = job.labels.size()[0] as f64;
    Ok(Answer { loss: value, correct: right, pictures, gradients, statistics: passed.statistics })
}

fn panic_text(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<String>().map(String::as_str).or_else(|| panic.downcast_ref::<&str>().copied());
    format!("a worker thread panicked: {}", text.unwrap_or("no message"))
}
